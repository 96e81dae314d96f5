import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { ProcessCommand } from '../programs/process-command.ts';
import { canReap } from './reaper.ts';
import { type Ending, type SupervisionOptions, superviseProcess } from './supervise-process.ts';

async function supervise(
  command: Partial<ProcessCommand> & Pick<ProcessCommand, 'file' | 'arguments'>,
  options: Partial<SupervisionOptions> = {},
): Promise<Ending & { readonly output: string }> {
  const stdout = new PassThrough();
  const output = text(stdout);
  const ending = await superviseProcess(
    { environment: { PATH: process.env.PATH }, hasChannel: false, ...command },
    {
      stdout,
      stderr: new PassThrough().resume(),
      signal: new AbortController().signal,
      stopTimeoutMs: 10_000,
      reapOrphans: true,
      ...options,
    },
  );
  stdout.end();
  return { ...ending, output: await output };
}

const shell = (script: string) => ({ file: '/bin/sh', arguments: ['-c', script] });
const node = (script: string, ...words: string[]) => ({
  file: process.execPath,
  arguments: ['-e', script, ...words],
});

test('there is a reaper on this machine', async () => {
  expect(await canReap()).toBe(true);
});

test('orphans become children of the reaper, and leave nothing in the process table', async () => {
  // The child of the inner shell waits until that has ended, says whose it is then, and ends.
  const script = `exec 3>&1
    orphan=$(sh -c '(while [ -e /proc/$$ ]; do sleep 0.01; done; exec grep PPid: /proc/self/status) >&3 & echo $!')
    echo reaper $PPID
    while [ -e /proc/$orphan ]; do sleep 0.01; done
    cat /proc/[0-9]*/stat 2>/dev/null | grep ") Z $PPID " || echo no zombies`;

  const { output, exitCode } = await supervise(shell(script));

  const reaper = /^reaper (\d+)$/m.exec(output)?.[1];
  expect(exitCode).toBe(0);
  expect(output).toMatch(new RegExp(`^PPid:\\s+${reaper}$`, 'm'));
  expect(output).toContain('no zombies');
});

test.each([
  ['an exit code', 'exit 7', { exitCode: 7, signal: null }],
  ['a signal', 'kill -SEGV $$', { exitCode: null, signal: 'SIGSEGV' }],
  ['SIGKILL', 'kill -KILL $$', { exitCode: null, signal: 'SIGKILL' }],
  ['SIGTERM', 'kill -TERM $$', { exitCode: null, signal: 'SIGTERM' }],
])('a process ends the same with a reaper: %s', async (_name, script, expected) => {
  expect(await supervise(shell(script))).toMatchObject(expected);
});

test('a stop reaches the process, which ends as it likes', async () => {
  const stop = new AbortController();
  const script = `
    process.on('SIGTERM', () => { console.log('saved'); process.exit(0); });
    setInterval(() => {}, 1000);
    process.send('ready');`;

  const { exitCode, output, stopRequested } = await supervise(
    { ...node(script), hasChannel: true },
    { signal: stop.signal, onStart: (child) => void child.once('message', () => stop.abort()) },
  );

  expect({ exitCode, output, stopRequested }).toEqual({
    exitCode: 0,
    output: 'saved\n',
    stopRequested: true,
  });
});

test('a stop lets what the process has left end by itself', async () => {
  const stop = new AbortController();
  const stdout = new PassThrough().on('data', () => stop.abort());
  const output = text(stdout);
  const work = `trap 'while kill -0 $first 2>/dev/null; do :; done; sleep 0.2; echo saved; exit' TERM
    echo ready
    while :; do sleep 0.05; done`;

  const ending = await supervise(shell(`export first=$$; (${work}) & wait`), { signal: stop.signal, stdout });
  stdout.end();

  expect(ending).toMatchObject({ signal: 'SIGTERM', timedOut: false, leftovers: [] });
  expect(await output).toBe('ready\nsaved\n');
});

test('the channel closes when the process leaves it, not when it ends', async () => {
  const stop = new AbortController();
  const events: string[] = [];
  const script = 'setInterval(() => undefined, 1000); process.disconnect();';

  await supervise(
    { ...node(script), hasChannel: true },
    {
      signal: stop.signal,
      onStart(child) {
        child.once('disconnect', () => {
          events.push('disconnect');
          stop.abort();
        });
        child.once('exit', () => events.push('exit'));
      },
    },
  );

  expect(events).toEqual(['disconnect', 'exit']);
});

test('arguments arrive as they are', async () => {
  const words = ['a b', '$HOME', '`id`', "'", '"', '\n', '--', '-e', 'é'];

  const { output } = await supervise(
    node('console.log(JSON.stringify(process.argv.slice(1)))', '--', ...words),
  );

  expect(JSON.parse(output)).toEqual(words);
});

test.each([
  ['a file that is not there', { file: '/no/such/program', arguments: [] }, 'ENOENT'],
  ['a folder', { file: '/etc', arguments: [] }, 'EACCES'],
  ['too many arguments', { file: '/bin/true', arguments: ['x'.repeat(3_000_000)] }, 'E2BIG'],
])('a refused start has the refusal of the system: %s', async (_name, command, code) => {
  const ending = await supervise(command);

  expect(ending).toMatchObject({ exitCode: null, startError: { code } });
});

test('no descriptor of the reaper is left to the process', async () => {
  const { output } = await supervise(shell('ls -l /proc/self/fd | grep -c pipe:'), {});
  const alone = await supervise(shell('ls -l /proc/self/fd | grep -c pipe:'), { reapOrphans: false });

  expect(output).toBe(alone.output);
});
