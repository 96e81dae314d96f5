import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeProject, readAll, write } from '../../test/train-project.ts';
import { openLocalRoot } from './open-local-root.ts';

const fixtures = new URL('../../test/fixtures/', import.meta.url);
const dying = fileURLToPath(new URL('dies-while-writing.mjs', fixtures));
const preparation = fileURLToPath(new URL('prepare-root.mjs', fixtures));

/** Kills the second preparation of three in front of its n-th change; says what the third makes of it. */
async function interrupt(changes: number) {
  const { folder, root } = await makeProject();
  const prepare = () => {
    const options = {
      channels: new Map([['training', 'data']]),
      hyperparameters: new Map([['max_depth', '3']]),
    };
    return openLocalRoot(root, options, { workingDirectory: folder, resume: false, now: new Date() });
  };
  await write(root, { 'input/data/mine/mine.csv': 'mine' });
  const first = await prepare();
  await write(root, { 'model/m': 'old', 'checkpoints/c': 'old', 'code/x': 'old' });
  await first.close();

  const second = spawn(process.execPath, ['--import', dying, preparation, folder, root], {
    env: { ...process.env, DIES_AT: String(changes) },
    stdio: 'ignore',
  });
  const [code] = await once(second, 'exit');
  await (await prepare()).close();

  const files = Object.entries(await readAll(root)).filter(
    ([path]) => !/^\.optml-root|config\.json$/.test(path),
  );
  const left = files.map(([path, text]) => `${path.replace(/^earlier\/[^/]+/, 'earlier')}: ${text}`).sort();
  return { changes, lived: code === 0, left };
}

/** One more than a preparation makes, so that the last one lives. */
const triedChanges = 24;

test('a preparation that is killed at any change of the disk is begun again, and loses nothing', async () => {
  const changes = Array.from({ length: triedChanges }, (_, index) => index + 1);

  const all = await Promise.all(changes.map(interrupt));

  const left = [
    'earlier/checkpoints/c: old',
    'earlier/code/x: old',
    'earlier/model/m: old',
    'input/config/hyperparameters.json: {\n  "max_depth": "3"\n}\n',
    'input/data/mine/mine.csv: mine',
    'input/data/training/a.csv: a',
  ];
  expect(all).toEqual(changes.map((change) => ({ changes: change, lived: change === triedChanges, left })));
}, 60_000);
