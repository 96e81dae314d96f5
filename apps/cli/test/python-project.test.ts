/** A project whose training is a Python program, as it was before. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildImage, type LayerEntry, writeLayout } from '@optml/image';
import { expect, test } from 'vitest';
import { makeProjectOf } from './make-project.ts';
import { makeFolder, runOptml, startOptml, testEnvironment } from './run-optml.ts';

const environment = testEnvironment;

test('a Python script is trained by the runner, and what it wrote is served in TypeScript', async () => {
  const workingDirectory = await makeProjectOf('python');
  const inputs = ['training', 'validation'].flatMap((name) => ['--input', `${name}=data/iris/${name}`]);
  // What the script imports lies beside it.
  const script = join(workingDirectory, 'src/train.py');
  await writeFile(join(workingDirectory, 'src/distances.py'), 'from math import dist\n');
  await writeFile(script, `from distances import dist\n${await readFile(script, 'utf8')}`);

  const trained = await runOptml(['train', ...inputs, '--hyperparameter', 'shrink=0.1'], {
    workingDirectory,
    environment,
  });

  expect(trained).toMatchObject({ code: 0, err: expect.stringMatching(/^validation accuracy: 0\.\d+$/m) });
  const server = startOptml(['serve', '--port', '0'], { workingDirectory, environment });
  await server.waitForResult();
  const asked = await runOptml(['invoke', '--url', server.printed().trim(), '--data', '5.1,3.5,1.4,0.2']);
  expect(asked).toMatchObject({ code: 0, out: expect.stringMatching(/^setosa\s*$/) });
  server.stop();
  expect(await server.outcome).toMatchObject({ code: 0 });
  expect(await runOptml(['schema'], { workingDirectory })).toMatchObject({
    code: 2,
    err: expect.stringContaining('is a Python program, which has no schema to print'),
  });
});

/** A base of programs that are empty, and of links. */
async function makeBase(...paths: readonly string[]): Promise<string> {
  const folder = await makeFolder();
  const content = new Uint8Array(1);
  const entries = paths.map((path): LayerEntry => {
    const [file = '', linkTarget] = path.split(' -> ');
    if (linkTarget !== undefined) return { path: file, type: 'symlink', mode: 0o777, size: 0, linkTarget };
    return { path: file, type: 'file', mode: 0o755, size: 1, content };
  });
  const platform = { os: 'linux', architecture: 'amd64' } as const;
  const layers = [{ kind: 'base', files: [], entries }] as const;
  await writeLayout(await buildImage({ platform, layers, layerDirectory: join(folder, 'layers') }), {
    path: join(folder, 'base'),
  });
  return `oci:${join(folder, 'base')}`;
}

test('its image takes a base with python3 and Node, and no other', async () => {
  const workingDirectory = await makeProjectOf('python');
  const build = (base: string) => runOptml(['build', '--base', base], { workingDirectory });
  const [both, onlyNode] = await Promise.all([
    makeBase('usr/local/bin/node', 'usr/bin/python3 -> python3.11', 'usr/bin/python3.11'),
    makeBase('usr/local/bin/node', 'opt/python3'),
  ]);

  expect(await build(both)).toMatchObject({ code: 0 });
  expect(await build(onlyNode)).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining(
      `the base ${onlyNode} has no python3: src/train.py takes a base with python3 and Node`,
    ),
  });
  expect(await build('scratch')).toMatchObject({
    code: 2,
    err: expect.stringContaining('the base scratch has no node and no python3'),
  });
});
