import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainEnding } from './explain-ending.ts';
import type { EndingFacts, ProcessEnding } from './explanation.ts';
import { createTail } from './tail-lines.ts';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../test/fixtures/failures/${name}`, import.meta.url));
const node = process.execPath;
const isRoot = process.getuid?.() === 0;
/**
 * The first words of programs that root must not run as root; any other user is denied in the same places. They
 * change user themselves: another user may not reach Node where the clone lies in a private folder.
 */
const asAnotherUser = {
  node: 'process.getuid() === 0 && process.setuid(65_534);',
  python: 'import os; os.getuid() or os.setuid(65_534);',
};
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optml-endings-'));
});

afterAll(() => rm(directory, { recursive: true }));

/** Runs a real process and observes it as the supervisor does. */
async function run(
  command: string,
  argv: readonly string[] = [],
  options: { uid?: number | undefined; stopAfterOutput?: boolean } = {},
): Promise<ProcessEnding> {
  const { stopAfterOutput = false, uid } = options;
  const tail = createTail(8_192);
  try {
    const child = spawn(command, argv, { uid: uid as number, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr.on('data', (chunk: Buffer) => tail.push(chunk));
    if (stopAfterOutput) child.stdout.once('data', () => child.kill('SIGTERM'));
    // Rejects when the process cannot be started, as far as starting it did not throw.
    const [exitCode, signal] = await once(child, 'close');
    return { exitCode, signal, timedOut: false, lastErrorLines: tail.lines() };
  } catch (error) {
    const startError = error as NodeJS.ErrnoException;
    return { exitCode: null, signal: null, timedOut: false, lastErrorLines: [], startError };
  }
}

async function write(name: string, text: string, mode = 0o755): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

const executable = (path: string): EndingFacts => ({ program: { path, kind: 'executable' } });

test('a full JavaScript heap is named with the limit that it had', async () => {
  const ending = await run(node, ['--max-old-space-size=32', fixture('fills-heap.mjs')]);

  const explanation = await explainEnding(ending, { heapLimitMiB: 32, memoryBytes: 2 ** 31 });

  expect(explanation).toMatchObject({
    code: 'HEAP_EXHAUSTED',
    failureClass: 'OutOfMemory',
    cause: 'the JavaScript heap reached its limit of 32 MiB (out of memory)',
  });
  expect(explanation.hint).toContain('--max-old-space-size=<MiB> (the container has 2 GiB)');
});

test('a full heap is known behind a shell that reports it as exit code 134', async () => {
  const ending = await run('/bin/sh', [
    '-c',
    '"$0" "$@"; exit $?',
    node,
    '--max-old-space-size=32',
    fixture('fills-heap.mjs'),
  ]);

  expect(ending.exitCode).toBe(134);
  expect((await explainEnding(ending)).cause).toBe(
    "the JavaScript heap reached Node's default limit (out of memory)",
  );
});

test('a full heap of a worker thread is named', async () => {
  const ending = await run(node, [fixture('fills-worker-heap.mjs')]);

  expect((await explainEnding(ending)).cause).toContain('a worker thread reached the limit');
});

test("a kill is the kernel's when its count has risen", async () => {
  const ending = await run('/bin/sh', [fixture('kills-itself.sh')]);

  const explanation = await explainEnding(ending, {
    oomKillsBefore: 1,
    oomKillsAfter: 2,
    memoryBytes: 512 * 2 ** 20,
  });

  expect(explanation).toMatchObject({ code: 'MEMORY_EXHAUSTED', failureClass: 'OutOfMemory' });
  expect(explanation.cause).toBe(
    "the kernel's OOM killer killed the training process: the container may use 512 MiB of memory",
  );
});

test('a process below the program that the kernel killed is the cause of what followed', async () => {
  const ending = await run('/bin/sh', ['-c', 'exit 1']);

  const explanation = await explainEnding(ending, { oomKillsBefore: 0, oomKillsAfter: 1 });

  expect(explanation.cause).toContain('killed a process of the job');
  expect(explanation.cause).toContain('then training ended with exit code 1');
});

test('any other kill is told from that of the kernel', async () => {
  const ending = await run('/bin/sh', [fixture('kills-itself.sh')]);

  const counted = await explainEnding(ending, { oomKillsBefore: 1, oomKillsAfter: 1 });
  const unknown = await explainEnding(ending, { memoryBytes: 2 ** 30 });

  expect(counted).toMatchObject({ code: 'TRAINING_KILLED', failureClass: 'PlatformError' });
  expect(counted.cause).toBe('the training process was killed by SIGKILL, not sent by the runner');
  expect(counted.hint).toContain('OOM killer of this container did not do it');
  expect(unknown.hint).toContain('most often the host ran out of memory (it has 1 GiB)');
});

test('a wait that can never end is named with its place', async () => {
  const ending = await run(node, [fixture('never-settles.mjs')]);

  const explanation = await explainEnding(ending);

  expect(explanation.code).toBe('TRAINING_STALLED');
  expect(explanation.frames).toEqual([`${fixture('never-settles.mjs')}:1`]);
});

test('exit code 13 of another program is only a number', async () => {
  const ending = await run('/bin/sh', ['-c', 'exit 13']);

  const explanation = await explainEnding(ending, { program: { path: '/bin/sh', kind: 'executable' } });

  expect(explanation).toMatchObject({ code: 'TRAINING_CRASHED', cause: '/bin/sh ended with exit code 13' });
});

test('a deadline that passed is the cause whatever else is known', async () => {
  const ending = { ...(await run('/bin/sh', [fixture('kills-itself.sh')])), timedOut: true };

  const explanation = await explainEnding(ending, { stopRequested: true, stopTimeoutMs: 105_000 });

  expect(explanation).toMatchObject({ code: 'TRAINING_STOP_TIMEOUT', failureClass: 'Stopped' });
  expect(explanation.cause).toBe('training did not stop within 105 s of SIGTERM and was killed');
});

test('a program that lets SIGTERM end it is told to handle it', async () => {
  const ending = await run(node, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], {
    stopAfterOutput: true,
  });

  const explanation = await explainEnding(ending, { stopRequested: true, stopTimeoutMs: 105_000 });

  expect(explanation).toMatchObject({ code: 'TRAINING_STOPPED', failureClass: 'Stopped' });
});

test.each(['SIGSEGV', 'SIGILL', 'SIGBUS', 'SIGFPE'])('%s is a crash of native code', async (signal) => {
  const ending = await run(node, ['-e', `process.kill(process.pid, '${signal}')`]);

  const explanation = await explainEnding(ending);

  expect(explanation.code).toBe('TRAINING_CRASHED');
  expect(explanation.cause).toContain(`the training process was killed by ${signal}, a`);
});

test('a program that aborts itself is not taken for one with a full heap', async () => {
  const ending = await run(node, ['-e', 'process.abort()']);

  expect((await explainEnding(ending, { heapLimitMiB: 32 })).cause).toBe(
    'the training process was killed by SIGABRT, it aborted itself',
  );
});

test('a program that does not exist is named', async () => {
  const path = join(directory, 'absent');

  const explanation = await explainEnding(await run(path), executable(path));

  expect(explanation).toMatchObject({ code: 'PROGRAM_MISSING', failureClass: 'UserError' });
  expect(explanation.cause).toBe(`program ${path} does not exist`);
});

test.each([
  ['python', 'python3'],
  ['node', node],
  ['executable', '/bin/sh'],
] as const)('a missing or folder program of %s is named', async (kind, interpreter) => {
  const missing = join(directory, 'absent');

  const codes = [
    (await explainEnding(await run(interpreter, [missing]), { program: { path: missing, kind } })).code,
    (await explainEnding(await run(interpreter, [fixture('')]), { program: { path: fixture(''), kind } }))
      .code,
  ];

  expect(codes).toEqual(['PROGRAM_MISSING', 'PROGRAM_INVALID']);
});

test('a folder as the program is named', async () => {
  await mkdir(join(directory, 'folder'));
  const path = join(directory, 'folder');

  const explanation = await explainEnding(await run(path), executable(path));

  expect(explanation).toMatchObject({ code: 'PROGRAM_INVALID', cause: `program ${path} is a folder` });
});

test('a program without the executable bit is named with the command that sets it', async () => {
  const path = await write('plain.sh', '#!/bin/sh\n', 0o644);

  const started = await explainEnding(await run(path), executable(path));
  const shelled = await explainEnding(await run('/bin/sh', ['-c', path]), executable(path));

  expect(started).toMatchObject({ code: 'PROGRAM_NOT_EXECUTABLE' });
  expect(started.hint).toContain(`chmod +x ${path}`);
  expect(shelled).toEqual(started);
});

test.each([
  ['a direct interpreter', '#!/bin/sh\r\necho\r\n', 'looks for interpreter "/bin/sh\\r"'],
  ['an interpreter by env', '#!/usr/bin/env node\r\n1\r\n', 'looks for interpreter "node\\r"'],
])('Windows line ends are named for %s', async (name, text, words) => {
  const path = await write(`crlf-${name.length}`, text);

  const explanation = await explainEnding(await run(path), executable(path));

  expect(explanation.code).toBe('PROGRAM_INVALID');
  expect(explanation.cause).toContain(`program ${path} has Windows line endings (CRLF)`);
  expect(explanation.cause).toContain(words);
  expect(explanation.hint).toContain(`sed -i 's/\\r$//' ${path}`);
});

test.each(['set -e\r\necho hi\r\n', 'echo hi\r\ntrue\r\nexit 1\r\n', 'a-command-that-is-not-there\r\n'])(
  'Windows line ends are named for a shell that fails over %j',
  async (text) => {
    const path = await write('crlf-shell.sh', text);

    const explanation = await explainEnding(await run('/bin/sh', [path]), {
      program: { path, kind: 'executable' },
    });

    expect(explanation.code).toBe('PROGRAM_INVALID');
  },
);

test('Windows line endings are not a cause where the language does not mind them', async () => {
  const path = await write('crlf.mjs', "throw new Error('own')\r\n");

  const explanation = await explainEnding(await run(node, [path]), { program: { path, kind: 'node' } });

  expect(explanation.cause).toBe('Error: own');
});

test('an interpreter that the image does not have is named', async () => {
  const direct = await write('direct', '#!/opt/absent/ruby\n');
  const byEnv = await write('by-env', '#!/usr/bin/env absent-ruby\n');

  const causes = [
    (await explainEnding(await run(direct), executable(direct))).cause,
    (await explainEnding(await run(byEnv), executable(byEnv))).cause,
  ];

  expect(causes[0]).toContain('its interpreter /opt/absent/ruby is not in the image');
  expect(causes[1]).toContain('its interpreter absent-ruby is not in the image');
});

test('arguments that the kernel refuses are named', async () => {
  const ending = await run(node, ['x'.repeat(200_000)]);

  expect((await explainEnding(ending)).cause).toContain(
    'arguments and environment are larger than the kernel takes',
  );
});

test.each([
  ['node', node, ['-e', "fs.writeFileSync('/dev/full', 'x')"]],
  ['python', 'python3', ['-c', "open('/dev/full', 'w').write('x' * 100_000)"]],
  ['bash', 'bash', ['-c', 'echo hi > /dev/full']],
  ['cp', 'cp', [node, '/dev/full']],
])('a full disk is named with its free space for %s', async (_, command, argv) => {
  const ending = await run(command, argv);

  const explanation = await explainEnding(ending, { directories: [directory] });

  expect(explanation).toMatchObject({ code: 'DISK_FULL', failureClass: 'UserError' });
  expect(explanation.cause).toMatch(
    /^the disk is full \(now [\d.]+ \w+ of [\d.]+ \w+ free at \/.*no space left on device/i,
  );
});

test.each([
  ['node', node, (path: string) => ['-e', `${asAnotherUser.node} fs.writeFileSync('${path}', 'x')`]],
  ['python', 'python3', (path: string) => ['-c', `${asAnotherUser.python} open('${path}', 'w')`]],
  // A shell cannot change user, but lies where everybody can reach it.
  ['shell', '/bin/sh', (path: string) => ['-c', `echo > ${path}`], isRoot ? 65_534 : undefined],
] as const)(
  'a denied permission below the root is that of a user who is not root, for %s',
  async (_, command, argv, uid = undefined) => {
    const root = join(directory, 'ml');
    await mkdir(root, { recursive: true, mode: 0o500 });
    await chmod(directory, 0o755);
    const ending = await run(command, argv(join(root, 'model.json')), { uid });

    const explanation = await explainEnding(ending, { root, rootIsWritable: false });

    expect(explanation).toMatchObject({ code: 'PERMISSION_DENIED', failureClass: 'UserError' });
    expect(explanation.cause).toContain(join(root, 'model.json'));
    expect(explanation.hint).toContain('USER root');
  },
);

test('a denied permission below a root that can be written to does not ask for root', async () => {
  const path = join(directory, 'locked');
  await mkdir(path, { mode: 0o500 });
  await chmod(directory, 0o755);
  const ending = await run(node, ['-e', `${asAnotherUser.node} fs.writeFileSync('${path}/x', '')`]);

  const explanation = await explainEnding(ending, { root: directory, rootIsWritable: true });

  expect(explanation.code).toBe('PERMISSION_DENIED');
  expect(explanation.hint).not.toContain('USER');
});

test('a denied permission elsewhere does not ask for root', async () => {
  const ending = await run(node, ['-e', `${asAnotherUser.node} fs.writeFileSync('/etc/x', '')`]);

  const explanation = await explainEnding(ending, { root: '/opt/ml', rootIsWritable: false });

  expect(explanation.code).toBe('PERMISSION_DENIED');
  expect(explanation.hint).not.toContain('USER');
});

test.each([
  [node, 'imports-missing-package.mjs', 'module a-package-that-is-not-there is missing, imported from'],
  [node, 'imports-missing-file.mjs', 'not-there.js is missing, imported from'],
  ['python3', 'imports-missing-module.py', 'Python module a_module_that_is_not_there is missing'],
  ['/bin/sh', 'calls-missing-command.sh', 'command a-command-that-is-not-there is missing'],
  ['bash', 'calls-missing-command.sh', 'command a-command-that-is-not-there is missing'],
])('%s names what is missing in %s', async (command, name, cause) => {
  const ending = await run(command, [fixture(name)]);

  const explanation = await explainEnding(ending, { program: { path: fixture(name), kind: 'executable' } });

  expect(explanation).toMatchObject({ code: 'MODULE_MISSING', failureClass: 'UserError' });
  expect(explanation.cause).toContain(cause);
});

test.each(['runs-out-of-memory.py', 'runs-out-of-gpu-memory.py'])('%s is out of memory', async (name) => {
  const explanation = await explainEnding(await run('python3', [fixture(name)]));

  expect(explanation).toMatchObject({ code: 'MEMORY_EXHAUSTED', failureClass: 'OutOfMemory' });
});

test('an array that is too large for the memory is out of memory', async () => {
  const explanation = await explainEnding(await run(node, ['-e', 'new Uint8Array(2 ** 46)']));

  expect(explanation.code).toBe('MEMORY_EXHAUSTED');
});

test("Python's last error is the cause, not those that were handled before", async () => {
  const explanation = await explainEnding(await run('python3', [fixture('raises.py')]));

  expect(explanation).toEqual({
    code: 'TRAINING_FAILED',
    failureClass: 'AlgorithmError',
    cause: 'RuntimeError: training data is bad',
    hint: undefined,
    frames: [`${fixture('raises.py')}:16`],
  });
});

test("Node's last error is the cause, with its frames", async () => {
  const explanation = await explainEnding(await run(node, [fixture('throws.mjs')]));

  expect(explanation.cause).toBe('TypeError: labels are missing');
  expect(explanation.frames).toEqual([`${fixture('throws.mjs')}:2:9`, `${fixture('throws.mjs')}:5:1`]);
});

test('an error that nobody handled is the cause', async () => {
  const explanation = await explainEnding(await run(node, [fixture('rejects.mjs')]));

  expect(explanation).toMatchObject({ code: 'TRAINING_FAILED', cause: 'RangeError: too far' });
  expect(explanation.frames).toEqual([`${fixture('rejects.mjs')}:1:16`]);
});

test('a promise that was rejected with something else than an error is named', async () => {
  const explanation = await explainEnding(await run(node, [fixture('rejects-with-text.mjs')]));

  expect(explanation.code).toBe('TRAINING_FAILED');
  expect(explanation.cause).toBe('a promise was rejected with "no reason" and not handled');
});

test('an exit code without words is told as it is', async () => {
  const explanation = await explainEnding(await run('/bin/sh', ['-c', 'exit 3']));

  expect(explanation).toMatchObject({
    code: 'TRAINING_CRASHED',
    cause: 'the training process ended with exit code 3',
    hint: undefined,
  });
});

test('a program for another machine is named', async () => {
  const path = join(directory, 'foreign');
  await copyFile('/bin/sh', path);
  await writeFile(path, '\u007fELF\u0002\u0001\u0001\u0000not a program', { flag: 'r+' });
  const ending = await run('bash', ['-c', path]);

  const explanation = await explainEnding(ending, executable(path));

  expect(explanation.cause).toContain('format or CPU architecture');
});
