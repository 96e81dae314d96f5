import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { fixture, startOptml } from '../../test/run-optml.ts';
import { given, makeProject, readAll, readFound, readMoved } from '../../test/train-project.ts';

test('of several jobs that start at once in a root one runs, and the others leave it alone', async () => {
  const { root, train } = await makeProject();
  const jobs = [1, 2, 3].map((n) =>
    startOptml(['train', '--root', root, '--hyperparameter', `n=${n}`, ...fixture('job', 'wait')]),
  );
  const starts = await Promise.allSettled(jobs.map((job) => job.waitFor('waiting\n')));
  const running = jobs[starts.findIndex(({ status }) => status === 'fulfilled')];
  const before = await readAll(root);

  const late = await train(given);
  const after = await readAll(root);
  running?.kill();
  const ended = await Promise.all(jobs.map((job) => job.outcome));
  const next = await train(given);

  const refused = `optml: --root ${root} is in use: by another optml (process ${process.pid}): wait for it, or give another --root\n`;
  expect(ended.filter(({ err }) => err === refused)).toHaveLength(2);
  expect(late).toEqual({ code: 1, out: '', err: refused });
  expect(after).toEqual(before);
  expect(next.code).toBe(0);
});

test('a job whose optml was killed holds the root until it is ended as the message advises', async () => {
  const { folder, root, train } = await makeProject();
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const leaves = ['wait', 'code/train.py=old', 'input/data/training/cache=made'];
  const words = ['train', '--root', root, ...given, ...fixture('job', ...leaves)];
  const optml = spawn(process.execPath, [main, ...words], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface({ input: optml.stderr })) if (line === 'waiting') break;
  optml.kill('SIGKILL');
  await once(optml, 'exit');

  const refused = await train(given);
  const [, group = ''] = /end it with: kill -- -(\d+)\n$/.exec(refused.err) ?? [];
  onTestFinished(() => void endGroup(group));
  endGroup(group);
  // The system ends processes in its own time.
  let next = refused;
  while (next.err.includes('is in use')) next = await train(given);

  expect(refused.code).toBe(1);
  expect(next.code).toBe(0);
  expect(await readFound(root)).toMatchObject({ data: ['input/data/training/a.csv'], others: [] });
  expect(await readAll(readMoved(next, join(root, 'code')))).toEqual({ 'train.py': 'old' });
  expect(await readAll(readMoved(next, join(root, 'input/data/training')))).toMatchObject({ cache: 'made' });
});

function endGroup(group: string): void {
  try {
    process.kill(-Number(group), 'SIGKILL');
  } catch {
    // It has ended.
  }
}

test('a lock of a process that is gone, or of another root, does not count; one that cannot be read is named', async () => {
  const { root, train } = await makeProject();
  await train(given);
  const lock = join(root, '.optml-root/lock');
  const describe = (of: string, process: object) =>
    writeFile(lock, JSON.stringify({ root: of, processes: [process] }));

  await describe(root, { pid: process.pid, started: 'before this one', isGroup: false });
  const reused = await train(given);
  await describe('/elsewhere', { pid: process.pid, started: '', isGroup: false });
  const copied = await train(given);
  await writeFile(lock, '');
  const unreadable = await train(given);

  expect([reused.code, copied.code]).toEqual([0, 0]);
  expect(unreadable).toMatchObject({
    code: 1,
    err: `optml: --root ${root} is in use: ${lock} is not readable: delete it if no training uses this root\n`,
  });
});
