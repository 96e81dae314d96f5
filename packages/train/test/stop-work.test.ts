/** Stories of jobs that are asked to stop while the work is done by another process than their first. */

import { access, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Story, train } from './train-story.ts';

const saver = new URL('./fixtures/saver.py', import.meta.url);

/** Stops a job whose program starts `saver.py`, as soon as that is ready. */
const stopJob = (program: string, text: string, story: Story = {}) =>
  train('happy.ts', {
    hyperparameters: { sagemaker_program: JSON.stringify(program) },
    code: { [program]: text },
    prepare: (root) => copyFile(saver, join(root, 'code/saver.py')),
    stopAtOutput: 'ready',
    ...story,
  });

const hasFailureFile = (root: string) =>
  access(join(root, 'output/failure')).then(
    () => true,
    () => false,
  );

describe('a stop lets the work end', () => {
  test.each([
    ['t.sh', 'a shell that waits for its command', 'python3 saver.py $$\necho on'],
    ['t.sh', 'a shell that waits for a background job', 'python3 saver.py $$ & wait'],
    ['t.sh', 'a shell that starts it with nohup', 'nohup python3 saver.py $$ & wait'],
    ['t.sh', 'a pipeline', 'python3 saver.py $$ | cat | tee log'],
    ['t.sh', 'a shell whose output is piped', 'exec > >(tee log); python3 saver.py $$'],
    ['t.sh', 'a shell below a shell', '(bash -c "python3 saver.py $$; true"; true)'],
    ['t.sh', 'a process that has left the group', 'python3 saver.py $$ session & wait'],
    ['t.sh', 'a daemon', 'python3 saver.py $$ daemon\nsleep 600'],
    [
      't.sh',
      'a process without the variables',
      'env -i SM_MODEL_DIR=$SM_MODEL_DIR "$(command -v python3)" saver.py $$ session & wait',
    ],
    [
      't.py',
      'Python that waits for its child',
      'import os, subprocess\nsubprocess.run(["python3", "saver.py", str(os.getpid())])',
    ],
    [
      't.py',
      'Python that has started a session',
      'import os, subprocess\nsubprocess.run(["python3", "saver.py", str(os.getpid())], start_new_session=True)',
    ],
    [
      't.py',
      'multiprocessing',
      `import multiprocessing, os, runpy, sys
def work(first):
    sys.argv = ['saver.py', str(first)]
    runpy.run_path('saver.py')
if __name__ == '__main__':
    child = multiprocessing.Process(target=work, args=[os.getpid()])
    child.start()
    child.join()`,
    ],
    [
      't.mjs',
      'Node that waits for its child',
      `import { spawn } from 'node:child_process';
      spawn('python3', ['saver.py', process.pid], { stdio: 'inherit', detached: true });`,
    ],
  ])('in %s, of %s', async (program, _, text) => {
    const { tree, result } = await stopJob(program, text);

    expect(await tree.model('saved')).toBe('all of it');
    expect(result).toMatchObject({ exitCode: 143, code: 'TRAINING_STOPPED' });
    expect(await hasFailureFile(tree.root)).toBe(false);
  });

  test.each([
    ['exit 0', 0, undefined],
    ['exit 3', 3, 'TRAINING_CRASHED'],
    ['exit 143', 143, 'TRAINING_STOPPED'],
    ['kill -SEGV $$', 139, 'TRAINING_CRASHED'],
  ])('and the first process says how the job ends: with %s', async (end, exitCode, code) => {
    const { tree, result } = await stopJob('t.sh', `trap '${end}' TERM; python3 saver.py $$ & wait`);

    expect(await tree.model('saved')).toBe('all of it');
    expect(result).toMatchObject({ exitCode, ...(code !== undefined && { code }) });
    expect(await hasFailureFile(tree.root)).toBe(code === 'TRAINING_CRASHED');
  });

  test('of a definition, too', async () => {
    const { tree, result } = await train('starts-saver.ts', { stopAtOutput: 'ready' });

    expect(await tree.model('saved')).toBe('all of it');
    expect(result).toEqual({ exitCode: 0 });
  });
});

describe('what is still at work at the deadline is killed and named', () => {
  const named = /left behind and killed pid=\d+ command=".*saver\.py \d+ deaf/;

  test.each([
    ['in the group', 'python3 saver.py $$ deaf'],
    ['out of the group', 'python3 saver.py $$ deaf session & wait'],
    ['while the first process waits for it', 'trap : TERM; python3 saver.py $$ deaf; exit 0'],
  ])('%s', async (_, text) => {
    const { tree, result, stderr } = await stopJob('t.sh', text, { stopTimeoutMs: 500 });

    expect(result).toMatchObject({ exitCode: 137, code: 'TRAINING_STOP_TIMEOUT' });
    expect(await tree.failure()).toMatch(
      /^Stopped: training did not stop within 0\.5 s of SIGTERM and was killed; still running: .*saver\.py \d+ deaf/,
    );
    expect(stderr).toMatch(named);
  });

  test('and a first process that ended well has ended well', async () => {
    const text = 'trap "exit 0" TERM; python3 saver.py $$ deaf & wait';

    const { tree, result, stderr } = await stopJob('t.sh', text, { stopTimeoutMs: 500 });

    expect(result).toEqual({ exitCode: 0 });
    expect(stderr).toMatch(named);
    expect(await hasFailureFile(tree.root)).toBe(false);
  });
});
