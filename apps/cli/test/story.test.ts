import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder, runOptml, startOptml, testEnvironment } from './run-optml.ts';

const container = fileURLToPath(new URL('../../container', import.meta.url));

test('the reference container is trained, served and asked, with its own command', async () => {
  const root = join(await makeFolder(), 'ml');
  const environment = testEnvironment;
  const here = { workingDirectory: container, environment };
  const inputs = ['training', 'validation'].flatMap((name) => ['--input', `${name}=data/iris/${name}`]);

  const trained = await runOptml(
    ['train', '--root', root, ...inputs, '--hyperparameter', 'max_depth=3', '--json'],
    here,
  );
  expect(trained).toMatchObject({ code: 0 });
  const { data } = JSON.parse(trained.out);
  // 117 of 120 and 27 of 30 flowers: what a CART with Gini impurity and a depth of 3 gets on this split.
  expect(data.metrics).toEqual({ 'training:accuracy': 0.975, 'validation:accuracy': 0.9 });
  expect(data.files).not.toEqual([]);

  const wrong = await runOptml(
    ['train', '--root', join(await makeFolder(), 'ml'), ...inputs, '--hyperparameter', 'max_depth=deep'],
    here,
  );
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.err).toMatch(/^optml: training failed \(exit code \d+\): UserError: .*max_depth/m);
  expect(wrong.err.match(/hyperparameter max_depth is "deep"/g)).toHaveLength(1);

  const server = startOptml(['serve', '--root', root, '--port', '0'], here);
  await server.waitForResult();
  const url = server.printed().trim();
  const asked = (...words: string[]) => runOptml(['invoke', '--url', url, ...words]);

  expect(await asked('--data', '5.1,3.5,1.4,0.2', '--accept', 'text/csv')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^setosa\s*$/),
  });
  const json = await asked('--data', '{"instances": [[6.7, 3.3, 5.7, 2.5]]}', '--accept', 'application/json');
  expect(JSON.parse(json.out)).toEqual({ predictions: ['virginica'] });
  expect(await asked('--data', '1', '--content-type', 'application/pdf')).toMatchObject({
    code: 1,
    err: expect.stringContaining(' answered 415 '),
  });

  server.stop();
  expect(await server.outcome).toMatchObject({ code: 0 });
}, 60_000);

test('the demonstration trains, serves, asks, and exits 0', async () => {
  const demo = fileURLToPath(new URL('../dist/demo.js', import.meta.url));
  const child = spawn(process.execPath, [demo], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGTERM');
  });

  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);

  expect(code).toBe(0);
  expect(out).toMatch(/^\$ optml train .*\n[\s\S]*^\$ optml serve .*\n[\s\S]*^\$ optml invoke .*\n/m);
  expect(out).toMatch(/^accuracy on the validation data: 0\.9$/m);
  expect(out).toContain('is a virginica, predicted: virginica');
}, 60_000);
