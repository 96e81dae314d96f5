import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { makeProjectOf } from '../test/make-project.ts';
import { fixture, makeFolder, runOptml } from '../test/run-optml.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/** The program as a process of its own. */
function startMain(
  argv: readonly string[],
  { nodeOptions = [], ...options }: { readonly cwd?: string; readonly nodeOptions?: readonly string[] } = {},
) {
  const words = [...nodeOptions, main, ...argv];
  const child = spawn(process.execPath, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const out = text(child.stdout);
  // A test may close it.
  const err = text(child.stderr).catch(() => '');
  const outcome = once(child, 'exit').then(async ([code]) => ({ code, out: await out, err: await err }));
  const waitFor = (wanted: string) =>
    new Promise<void>((resolve, reject) => {
      let seen = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => {
          seen += chunk;
          if (seen.includes(wanted)) resolve();
        });
      }
      child.once('exit', () => reject(new Error(`ended without ${wanted}: ${seen}`)));
    });
  return { child, outcome, waitFor };
}

test('the exit code of the process is that of the command', async () => {
  const [done, failed, usage] = await Promise.all([
    startMain(['--version']).outcome,
    startMain(['invoke', '--url', 'http://127.0.0.1:1', '--data', '1']).outcome,
    startMain(['nothing']).outcome,
  ]);

  expect([done.code, failed.code, usage.code]).toEqual([0, 1, 2]);
});

test.each([
  [
    'config',
    'optml.config.mjs',
    'await new Promise(() => {}); export default {}',
    2,
    /: it waits for a promise/,
  ],
  [
    'schema',
    'train.mjs',
    'process.exit(3)',
    1,
    /ended before it was done \(exit code 3\): a module of the project/,
  ],
  [
    'schema',
    'train.mjs',
    'await new Promise(() => {})',
    1,
    /ended before it was done .* a promise that does not/,
  ],
])('optml %s says so where %s is "%s"', async (command, file, content, code, says) => {
  const cwd = await makeProjectOf('function');
  await writeFile(join(cwd, file), content);
  const words = command === 'schema' ? [command, '--module', file] : [command];

  const outcome = await startMain(words, { cwd }).outcome;

  expect(outcome).toEqual({ code, out: '', err: expect.stringMatching(says) });
});

test('an older Node is told which one is needed', async () => {
  const { engines } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  const olderNode = fileURLToPath(new URL('../test/fixtures/older-node.mjs', import.meta.url));

  const { code, out, err } = await startMain(['--version'], { nodeOptions: ['--import', olderNode] }).outcome;

  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toBe(
    `optml: needs Node ${engines.node.replace('>=', '')} or newer, and ${process.execPath} is Node 18.20.8: get one from https://nodejs.org or a version manager ("nvm install 24"), or for this project alone with "npm install --save-dev node@24"\n`,
  );
});

test('a configuration that is not TypeScript is named with the line', async () => {
  const cwd = await makeFolder();
  await writeFile(join(cwd, 'package.json'), '{}');
  await writeFile(join(cwd, 'optml.config.ts'), 'export default {\n  image: ,\n};\n');

  const { code, err } = await startMain(['config'], { cwd }).outcome;

  expect({ code, err }).toEqual({
    code: 2,
    err: `optml: cannot load ${join(cwd, 'optml.config.ts')}:2: Expression expected\n`,
  });
});

test('a training module that was not built is named', async () => {
  const { code, err } = await startMain(['schema', '--module', 'dist/train.js'], { cwd: await makeFolder() })
    .outcome;

  expect(code).toBe(2);
  expect(err).toMatch(
    /^optml: cannot describe the training: cannot find the training module \/.*\/dist\/train\.js: was it built\?\n$/,
  );
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s reaches the training as SIGTERM', async (signal) => {
  const root = join(await makeFolder(), 'ml');
  const { child, outcome, waitFor } = startMain(['train', '--root', root, ...fixture('waits')]);
  await waitFor('waiting\n');

  child.kill(signal);

  const { code, err } = await outcome;
  expect(code).toBe(1);
  expect(err).toMatch(/got SIGTERM\noptml: training was stopped \(exit code 0\)/);
});

test('a second signal kills', async () => {
  const root = join(await makeFolder(), 'ml');
  const { child, outcome, waitFor } = startMain(['train', '--root', root, ...fixture('waits', 'stubborn')]);
  await waitFor('waiting\n');
  child.kill('SIGINT');
  await waitFor('got SIGTERM\n');

  child.kill('SIGINT');

  expect(await outcome).toMatchObject({ code: 1, err: expect.stringContaining('was killed') });
});

test('a reader of the log who goes away does not end the training', async () => {
  const root = join(await makeFolder(), 'ml');
  const { child, outcome } = startMain(['train', '--root', root, ...fixture('container')]);

  child.stderr.destroy();

  expect(await outcome).toMatchObject({ code: 0, out: expect.stringMatching(/^model /) });
});

test('an error that nobody foresaw is called a bug, with its stack', async () => {
  const root = await makeFolder();
  await mkdir(join(root, 'model'));
  await writeFile(join(root, 'model/model.json'), '{}');
  const bug =
    'data:text/javascript,process.getBuiltinModule("node:child_process").spawn = () => { throw new TypeError("x"); }';

  const { code, err } = await startMain(['serve', '--root', root, '--port', '0', ...fixture('waits')], {
    nodeOptions: ['--import', bug],
  }).outcome;

  expect(code).toBe(1);
  expect(err).toMatch(/^optml: this is a bug in optml, please report it\nTypeError.*\n {4}at /);
});

test.each(['--help', '--version'])('%s is printed without loading what runs commands', async (word) => {
  const folder = await makeFolder();
  const dist = fileURLToPath(new URL('../dist', import.meta.url));
  for (const file of ['main.js', 'help.txt', 'version.txt'])
    await copyFile(join(dist, file), join(folder, file));
  const expected = await runOptml([word]);
  const child = spawn(process.execPath, [join(folder, 'main.js'), word], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  const printed = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);

  expect(printed).toEqual([expected.out, '', [0, null]]);
});

test.each(['--version --json', '--help', 'explain USAGE', 'init new', 'nothing --json'])(
  'a result of optml %s is a failure where a full disk cannot take it, and not where its reader has left',
  async (typed) => {
    const words = typed.split(' ');
    const full = await open('/dev/full', 'w');
    onTestFinished(() => full.close());
    const start = async (stdout: number | 'pipe') => {
      const cwd = await makeFolder();
      const child = spawn(process.execPath, [main, ...words], { cwd, stdio: ['ignore', stdout, 'pipe'] });
      child.stdout?.destroy();
      const [said, [code]] = await Promise.all([
        text(child.stderr as NodeJS.ReadableStream),
        once(child, 'exit'),
      ]);
      return { code, said };
    };

    const [onFull, unread] = await Promise.all([start(full.fd), start('pipe')]);

    const isFailure = typed.startsWith('nothing');
    expect(onFull).toEqual({
      code: isFailure ? 2 : 1,
      said: expect.stringContaining('the result could not be written: ENOSPC'),
    });
    expect(unread.code).toBe(isFailure ? 2 : 0);
    expect(unread.said).not.toMatch(/EPIPE|could not be written/);
  },
);

test.each(['dev', 'serve'])('a server does not outlive optml %s that is killed', async (name) => {
  const project = await makeProjectOf('function');
  const { child, waitFor } = startMain([name, '--port', '0'], { cwd: project });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  await waitFor('INFO  ready');
  const [, port = ''] = /listening url=http:\/\/127\.0\.0\.1:(\d+)/.exec(log) ?? [];
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');

  child.kill('SIGKILL');

  await once(socket.resume(), 'close');
});
