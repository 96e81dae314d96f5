import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { type SupervisionOptions, superviseProcess } from './supervise-process.ts';

function collect(delay: (done: () => void) => void = (done) => done()) {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      delay(done);
    },
  });
  return { stream, bytes: () => Buffer.concat(chunks) };
}

const supervise = (script: string, options: Partial<SupervisionOptions> = {}) =>
  superviseProcess(
    { file: process.execPath, arguments: ['-e', script], environment: {}, hasChannel: false },
    {
      stdout: collect().stream,
      stderr: collect().stream,
      signal: new AbortController().signal,
      stopTimeoutMs: 10_000,
      ...options,
    },
  );

test('nothing of what was written to standard error is lost on a slow reader', async () => {
  const slow = collect((done) => setTimeout(done, 2));
  const script = `
    const line = Buffer.alloc(1024, 'x'); line[1023] = 10;
    for (let i = 0; i < 2048; i++) require('fs').writeSync(2, line);
    require('fs').writeSync(2, 'the end\\n');
    process.exit(3);`;

  const ending = await supervise(script, { stderr: slow.stream });

  expect(ending).toMatchObject({ exitCode: 3, signal: null, timedOut: false, leftovers: [] });
  expect(slow.bytes().length).toBe(2048 * 1024 + 8);
  expect(ending.lastErrorLines.at(-1)).toBe('the end');
});

test('standard output is passed on whole', async () => {
  const stdout = collect();

  await supervise('process.stdout.write("y".repeat(300_000))', { stdout: stdout.stream });

  expect(stdout.bytes().length).toBe(300_000);
});

test('a process is asked to stop with the signal that was heard, then killed at the deadline', async () => {
  const stop = new AbortController();
  const stdout = collect((done) => {
    stop.abort('SIGINT');
    done();
  });
  const script = `
    for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => console.error(name));
    setInterval(() => {}, 1000);
    console.log('ready');`;

  const ending = await supervise(script, { stdout: stdout.stream, signal: stop.signal, stopTimeoutMs: 300 });

  expect(ending).toMatchObject({
    exitCode: null,
    signal: 'SIGKILL',
    stopRequested: true,
    timedOut: true,
    lastErrorLines: ['SIGINT'],
  });
});

test('background jobs of a shell, which ignore SIGINT, are asked to stop as well', async () => {
  const stop = new AbortController();
  const stdout = collect((done) => {
    stop.abort('SIGINT');
    done();
  });

  const ending = await superviseProcess(
    {
      file: '/bin/sh',
      arguments: ['-c', 'sleep 600 & echo ready; wait'],
      environment: {},
      hasChannel: false,
    },
    { stdout: stdout.stream, stderr: collect().stream, signal: stop.signal, stopTimeoutMs: 60_000 },
  );

  expect(ending).toMatchObject({ signal: 'SIGINT', timedOut: false, leftovers: [] });
});

test('a program that is not there is an ending, not an exception', async () => {
  const ending = await superviseProcess(
    { file: '/no/such/program', arguments: [], environment: {}, hasChannel: false },
    {
      stdout: collect().stream,
      stderr: collect().stream,
      signal: new AbortController().signal,
      stopTimeoutMs: 1_000,
    },
  );

  expect(ending).toMatchObject({ exitCode: null, startError: { code: 'ENOENT' } });
});

test('variables that the kernel does not take are an ending too', async () => {
  const ending = await superviseProcess(
    {
      file: process.execPath,
      arguments: ['-e', '0'],
      environment: { BIG: 'x'.repeat(200_000) },
      hasChannel: false,
    },
    {
      stdout: collect().stream,
      stderr: collect().stream,
      signal: new AbortController().signal,
      stopTimeoutMs: 1_000,
    },
  );

  expect(ending).toMatchObject({ exitCode: null, startError: { code: 'E2BIG' } });
});
