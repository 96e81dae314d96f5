import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { makeProjectOf } from '../../test/make-project.ts';
import { fixture, makeFolder, runOptml, startOptml, testEnvironment } from '../../test/run-optml.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** A root with something to serve. */
async function makeTrainedRoot(): Promise<string> {
  const root = await makeFolder();
  await mkdir(join(root, 'model'));
  await writeFile(join(root, 'model/model.json'), '{}');
  return root;
}

test('the address is printed once /ping answers 200, and a stop ends it with exit code 0', async () => {
  const root = await makeTrainedRoot();
  const running = startOptml(['serve', '--root', root, '--port', '0', ...fixture('container')]);
  await running.waitForResult();

  running.stop();

  const { code, out, err } = await running.outcome;
  expect(code).toBe(0);
  expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/);
  expect(err).toMatch(
    /^optml: loading the model of .*: waiting for http:\/\/127\.0\.0\.1:\d+\/ping to answer 200\n/,
  );
  expect(err).toContain('optml: stopping: SIGKILL follows in 30 s, or with a second signal\n');
  // The container's own lines; the order beside ours is not fixed.
  const log = err.replaceAll(/^optml: .*\n/gm, '');
  expect(log).toBe('listening\nping 503\nping 503\nping 200\nclosing\n');
});

test('the server has the options of the project, and variables win over them', async () => {
  const project = await makeProjectOf('function');
  await writeFile(
    join(project, 'optml.config.mjs'),
    "export default { server: { openInference: { modelName: 'add', modelVersion: '1' }, metrics: false } };",
  );
  const running = startOptml(['serve', '--port', '0'], {
    workingDirectory: project,
    environment: { ...testEnvironment, OPTML_OPEN_INFERENCE_VERSION: '2' },
  });
  await running.waitForResult();
  const url = running.printed().trim();

  const model = await fetch(`${url}/v2/models/add`);
  const metrics = await fetch(`${url}/metrics`);

  running.stop();
  expect(await model.json()).toMatchObject({ name: 'add', versions: ['2'] });
  expect(metrics.status).toBe(404);
  expect(await running.outcome).toMatchObject({ code: 0 });
});

test.each([
  ["throw new Error('boom')", 'PREDICTOR_IMPORT_FAILED', 'importing the predictor SOURCE failed: boom'],
  ['export default { answer: 42 }', 'PREDICTOR_INVALID', 'SOURCE does not export a predictor definition'],
  ['export const modelFn = () => 1', 'PREDICTOR_INVALID', 'SOURCE exports neither predictFn nor transformFn'],
])('a predictor that is %s is named by its source, once', async (text, code, message) => {
  const project = await makeProjectOf('function');
  const source = join(project, 'src/predictor.ts');
  await writeFile(source, text);

  const { code: exitCode, err } = await runOptml(['serve', '--port', '0'], { workingDirectory: project });

  const [line = '', ...others] = err.split('\n').filter((one) => one.startsWith('ERROR'));
  expect(exitCode).toBe(1);
  expect(line).toContain(`code=${code} reason="${message.replace('SOURCE', source)}`);
  expect(line).not.toContain('.optml/');
  expect(others).toEqual([]);
});

test('two runs of one project at once have a bundle each, and what ended runs left goes', async () => {
  const project = await makeProjectOf('function');
  const writePredictor = (answer: string) =>
    writeFile(
      join(project, 'src/predictor.ts'),
      `import { definePredictor } from '@optml/serve/predictor';
      import { z } from 'zod';
      const texts = z.array(z.string());
      const predict = ([text]) => (text.startsWith('exit') ? process.exit() : ['${answer}']);
      export default definePredictor({ input: texts, output: texts, load: () => undefined, predict });`,
    );
  const serve = async () => {
    const optml = spawn(process.execPath, [main, 'serve', '--port', '0'], {
      cwd: project,
      env: testEnvironment,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void optml.kill('SIGKILL'));
    const { value: url } = await createInterface({ input: optml.stdout })[Symbol.asyncIterator]().next();
    const predict = async (text: string): Promise<unknown> => {
      const body = JSON.stringify([text]);
      const headers = { 'content-type': 'application/json' };
      return await (await fetch(`${url}/invocations`, { method: 'POST', headers, body })).json();
    };
    return { optml, predict };
  };
  const listBundles = async () =>
    (await readdir(join(project, '.optml'))).filter((name) => /app/.test(name)).sort();

  await writePredictor('old');
  const first = await serve();
  await writePredictor('new');
  await mkdir(join(project, '.optml/.app-2-abc123'));
  const second = await serve();
  const both = await listBundles();
  // Its next workers load the bundle again; one may have begun to.
  for (const text of ['exit once', 'exit twice']) await first.predict(text);
  let answer = await first.predict('x');
  while (JSON.stringify(answer).includes('MODEL_NOT_READY')) answer = await first.predict('x');
  const other = await second.predict('x');
  for (const { optml } of [first, second]) {
    optml.kill('SIGKILL');
    await once(optml, 'exit');
  }
  const third = startOptml(['serve', '--port', '0'], { workingDirectory: project });
  await third.waitForResult();
  third.stop();

  expect([answer, other]).toEqual([{ predictions: ['old'] }, { predictions: ['new'] }]);
  expect(both).toEqual(['app', 'app-2', 'app-2.lock', 'app.lock']);
  expect((await third.outcome).code).toBe(0);
  expect(await listBundles()).toEqual(['app', 'app.lock']);
});

test('several models are served from their folders', async () => {
  const project = await makeProjectOf('function');
  const root = await makeFolder();
  await mkdir(join(root, 'models/a/model'), { recursive: true });
  const running = startOptml(['serve', '--multi-model', '--root', root, '--port', '0'], {
    workingDirectory: project,
    environment: { PATH: process.env.PATH },
  });
  await running.waitForResult();
  const models = `${running.printed().trim()}/models`;

  const body = JSON.stringify({ model_name: 'a', url: join(root, 'models/a/model') });
  const load = await fetch(models, { method: 'POST', body });
  const list = await fetch(models);

  running.stop();
  expect([load.status, await list.json()]).toEqual([
    200,
    { models: [{ modelName: 'a', modelUrl: join(root, 'models/a/model') }] },
  ]);
  expect(await running.outcome).toMatchObject({ code: 0 });
});

test('a stop while the model loads ends it with exit code 0 and no address', async () => {
  const root = await makeTrainedRoot();
  const running = startOptml(['serve', '--root', root, '--port', '0', ...fixture('waits')]);
  await running.waitFor('waiting\n');

  running.stop();

  expect(await running.outcome).toMatchObject({ code: 0, out: '' });
});

test('a server that has to be killed exits 1', async () => {
  const root = await makeTrainedRoot();
  const running = startOptml(['serve', '--root', root, '--port', '0', ...fixture('waits', 'stubborn')]);
  await running.waitFor('waiting\n');
  running.stop();
  await running.waitFor('got SIGTERM\n');

  running.kill();

  const { code, err } = await running.outcome;
  expect(code).toBe(1);
  expect(err).toContain('optml: the server did not end after SIGTERM and was killed\n');
});

test('a server that ends by itself exits 1 with its exit code', async () => {
  const root = await makeTrainedRoot();
  await mkdir(join(root, 'output'));

  const { code, out, err } = await runOptml([
    'serve',
    '--root',
    root,
    '--port',
    '0',
    ...fixture('fails', '5'),
  ]);

  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(
    /about to fail\noptml: the server ended unexpectedly before it was ready \(exit code 5\): see its log\n$/,
  );
});

test('a root without a model is refused with what to do first', async () => {
  const root = await makeFolder();

  const missing = await runOptml(['serve', '--root', root, ...fixture('container')]);
  await mkdir(join(root, 'model'));
  const empty = await runOptml(['serve', '--root', root, ...fixture('container')]);

  expect(missing).toEqual({
    code: 1,
    out: '',
    err: `optml: no model to serve: ${root}/model does not exist; train first (optml train, with --input CHANNEL=PATH for its data)\n`,
  });
  expect(empty.err).toBe(
    `optml: no model to serve: ${root}/model is empty; train first (optml train, with --input CHANNEL=PATH for its data)\n`,
  );
});

test.each([
  ['serve', '--root', 'package.json'],
  ['serve', '--root', '/proc/optml/ml'],
  ['serve', '--root', 'package.json/ml', '--multi-model'],
  ['dev', '--root', '/proc/optml/ml'],
])('optml %s %s %s says that the root cannot be made', async (...words) => {
  const workingDirectory = await makeProjectOf('function');

  const { code, out, err } = await runOptml([...words, '--port', '0'], { workingDirectory });

  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^optml: cannot prepare \/.*: .*, or give another --root\n$/m);
});

test('a project cannot be created where no folder can be made', async () => {
  const { code, out, err } = await runOptml(['init', '/proc/optml/new', '--template', 'function']);

  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^optml: cannot create a project in \/proc\/optml\/new: .*; nothing was kept\n$/);
});

test('a port in use is refused before the server starts', async () => {
  const root = await makeTrainedRoot();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };

  const { code, err } = await runOptml([
    'serve',
    '--root',
    root,
    '--port',
    String(port),
    ...fixture('container'),
  ]);

  other.close();
  expect(code).toBe(1);
  expect(err).toBe(`optml: port ${port} is in use: give another with --port, or 0 for a free one\n`);
});
