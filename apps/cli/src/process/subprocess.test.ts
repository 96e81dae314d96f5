import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeFolder } from '../../test/run-optml.ts';
import { type Ending, startSubprocess } from './subprocess.ts';

async function start(file: string, words: readonly string[], showsRedrawing = false) {
  const [stop, kill] = [new AbortController(), new AbortController()];
  const lines: string[] = [];
  let onFirstLine: () => void = () => {};
  const firstLine = new Promise<void>((resolve) => {
    onFirstLine = resolve;
  });
  const { ended } = await startSubprocess(
    { file, arguments: words, workingDirectory: process.cwd() },
    {
      environment: {},
      async onOutput(chunk) {
        lines.push(chunk.toString('utf8'));
        onFirstLine();
      },
      showsRedrawing,
      stop: stop.signal,
      kill: kill.signal,
      stopTimeoutMs: 200,
    },
  );
  return { ended, stop, kill, firstLine, output: () => lines.join('') };
}

function startNode(...words: string[]) {
  return start(process.execPath, words);
}

function startFixture(name: string, ...words: string[]) {
  return startNode(fileURLToPath(new URL(`../../test/fixtures/${name}.mjs`, import.meta.url)), ...words);
}

/** Whether somebody listens there. */
async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const ended = (ending: Partial<Ending>): Ending => ({
  exitCode: 0,
  signal: undefined,
  killed: false,
  ...ending,
});

test('the exit code and all the output arrive, the last line without its end too', async () => {
  const script =
    'for (let i = 0; i < 50_000; i++) console.log(i); process.stdout.write("end"); process.exitCode = 7';
  const running = await startNode('-e', script);

  expect(await running.ended).toEqual(ended({ exitCode: 7 }));
  const lines = running.output().split('\n');
  expect(lines.length).toBe(50_001);
  expect(lines.at(-1)).toBe('end');
});

test('a line is handed over whole, however it was written', async () => {
  const chunks: string[] = [];
  const script = 'process.stdout.write("ab"); setImmediate(() => process.stdout.write("cd\\nef"))';
  const { ended } = await startSubprocess(
    { file: process.execPath, arguments: ['-e', script], workingDirectory: process.cwd() },
    {
      environment: {},
      async onOutput(lines) {
        chunks.push(lines.toString('utf8'));
      },
      stop: new AbortController().signal,
      kill: new AbortController().signal,
      stopTimeoutMs: 200,
    },
  );

  await ended;
  expect(chunks).toEqual(['abcd\n', 'ef']);
});

test('words reach the program as they are: no shell reads them', async () => {
  const running = await startNode('-p', 'process.argv.slice(1).join()', '--', '$HOME; echo *', '"quoted"');

  await running.ended;

  expect(running.output()).toBe('$HOME; echo *,"quoted"\n');
});

test('a stop is SIGTERM, and SIGKILL after the delay for one who does not mind', async () => {
  const running = await startFixture('waits', 'stubborn');
  await running.firstLine;

  running.stop.abort();

  expect(await running.ended).toEqual(ended({ exitCode: 137, signal: 'SIGKILL', killed: true }));
  expect(running.output()).toBe('waiting\ngot SIGTERM\n');
});

test('a kill does not wait', async () => {
  const running = await startFixture('waits', 'stubborn');
  await running.firstLine;

  running.kill.abort();

  expect(await running.ended).toEqual(ended({ exitCode: 137, signal: 'SIGKILL', killed: true }));
  expect(running.output()).toBe('waiting\n');
});

test('a stop that came before the start still ends the process', async () => {
  const stop = AbortSignal.abort();
  const { ended } = await startSubprocess(
    { file: process.execPath, arguments: ['-e', 'setInterval(() => {}, 60_000)'], workingDirectory: '/' },
    {
      environment: {},
      onOutput: async () => {},
      stop,
      kill: new AbortController().signal,
      stopTimeoutMs: 5_000,
    },
  );

  expect(await ended).toMatchObject({ signal: 'SIGTERM', exitCode: 143 });
});

test('no member of the group outlives the first process', async () => {
  const running = await startFixture('leaves-child');

  expect(await running.ended).toEqual(ended({}));

  const [, port] = running.output().split(' ');
  expect(await isListening(Number(port))).toBe(false);
});

test('a process that left the group and holds the output does not hold up the end', async () => {
  const running = await startFixture('leaves-child', 'detached');

  expect(await running.ended).toEqual(ended({}));

  const [processId, port] = running.output().split(' ');
  expect(await isListening(Number(port))).toBe(true);
  process.kill(Number(processId), 'SIGKILL');
});

test('no timer is left behind that would hold up the end of our own process', async () => {
  const countTimers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = countTimers();

  const running = await startNode('-e', 'console.log(1)');
  await running.ended;

  // The test runner's own may end meanwhile.
  expect(countTimers()).toBeLessThanOrEqual(before);
});

test('a program that does not exist is refused by name', async () => {
  await expect(start('no-such-program', ['train'])).rejects.toMatchObject({
    code: 'COMMAND_NOT_STARTED',
    message:
      'cannot start "no-such-program train": "no-such-program" was not found: give the path of a program or install it',
  });
});

test('a file that may not be executed is refused with what to do', async () => {
  const file = join(await makeFolder(), 'entry.py');
  await writeFile(file, 'print()');
  await chmod(file, 0o644);

  await expect(start(file, ['train'])).rejects.toMatchObject({
    code: 'COMMAND_NOT_STARTED',
    message: expect.stringMatching(/is not executable: make it so, or put its interpreter before it$/),
  });
});

test('a line that is redrawn in place is seen while it grows, where that is asked for', async () => {
  const script = `process.stdout.write("\\r 10 %\\r 20 %"); setInterval(() => {}, 60_000)`;
  const running = await start(process.execPath, ['-e', script], true);

  await running.firstLine;
  expect(running.output()).toBe('\r 10 %');

  running.kill.abort();
  await running.ended;
  expect(running.output()).toBe('\r 10 %\r 20 %');
});
