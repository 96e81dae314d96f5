import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { makeProjectOf } from '../../test/make-project.ts';
import { runOptml, startOptml } from '../../test/run-optml.ts';

/** Asks again and again, over connections that stay, until told to end. */
function keepAsking(url: string) {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const answers: { readonly status: number | undefined; readonly bmi: number | undefined }[] = [];
  let isOver = false;
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      request(new URL('/invocations', url), { method: 'POST', agent, headers }, async (answer) => {
        const { predictions } = (await json(answer)) as { predictions?: { bmi: number }[] };
        answers.push({ status: answer.statusCode, bmi: predictions?.[0]?.bmi });
        resolve();
      })
        .once('error', reject)
        .end('{"instances": [{"weight_kg": 80, "height_m": 2}]}');
    });
  const all = [1, 2, 3].map(async () => {
    while (!isOver) {
      await ask();
      await pause(10);
    }
  });
  return {
    async end() {
      isOver = true;
      await Promise.all(all);
      return answers;
    },
  };
}

test('a saved file of another package of the workspace is served', async () => {
  const folder = await makeProjectOf('function');
  const other = join(dirname(folder), 'features');
  await mkdir(other);
  await writeFile(
    join(other, 'package.json'),
    '{"name": "features", "type": "module", "exports": "./index.ts"}',
  );
  await writeFile(join(other, 'index.ts'), 'export const factor: number = 1;');
  await symlink(other, join(folder, 'node_modules/features'));
  const file = join(folder, 'src/predictor.ts');
  const source = await readFile(file, 'utf8');
  await writeFile(file, `import { factor } from 'features';\n${source.replace('** 2', '** 2 * factor')}`);
  const optml = startOptml(['dev', '--port', '0'], { workingDirectory: folder });
  await optml.waitFor('try it');

  await writeFile(join(other, 'index.ts'), 'export const factor: number = 10;');
  await optml.waitFor('reloaded');

  const answer = await fetch(new URL('/invocations', optml.printed().trim()), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"instances": [{"weight_kg": 80, "height_m": 2}]}',
  });
  expect(await answer.json()).toEqual({ predictions: [{ bmi: 200 }] });
  optml.stop();
  expect((await optml.outcome).code).toBe(0);
});

test('a saved file is served without losing a request, and a broken one changes nothing', async () => {
  const folder = await makeProjectOf('function');
  const file = join(folder, 'src/predictor.ts');
  const source = await readFile(file, 'utf8');
  const optml = startOptml(['dev', '--port', '0'], { workingDirectory: folder });
  await optml.waitFor('try it');
  const url = optml.printed().trim();
  const asking = keepAsking(url);

  await writeFile(file, source.replace('height_m ** 2 }', 'height_m ** 2 + 100 }'));
  await optml.waitFor('reloaded');
  await writeFile(file, 'export default 1 +;');
  await optml.waitFor('the last server goes on');

  const answers = await asking.end();
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect([answers[0]?.bmi, answers.at(-1)?.bmi]).toEqual([20, 120]);
  const page = await fetch(url, { headers: { accept: 'text/html' } });
  expect({ status: page.status, type: page.headers.get('content-type') }).toEqual({
    status: 200,
    type: expect.stringContaining('text/html'),
  });
  optml.stop();
  const { code, out, err } = await optml.outcome;
  expect({ code, out }).toEqual({ code: 0, out: `${url}\n` });
  expect(err).toContain(
    `npx optml invoke --url ${url} --data '{"instances":[{"weight_kg":70,"height_m":1.75}]}'\n`,
  );
});

const modelReader = `import { readFile } from 'node:fs/promises';
import { definePredictor } from '@optml/serve/predictor';
import { z } from 'zod';
export default definePredictor({
  input: z.unknown(),
  output: z.string(),
  load: ({ modelDirectory }) => readFile(\`\${modelDirectory}/model.txt\`, 'utf8'),
  predict: (_, { model }) => model,
});
`;
const modelWriter = `import { defineTraining } from '@optml/train';
import { z } from 'zod';
export default defineTraining({
  hyperparameters: z.object({ word: z.string() }), channels: {}, metrics: {},
  async run({ hyperparameters, model }) {
    await model.write('model.txt', hyperparameters.word);
  },
});
`;

test('a model that is trained, and trained again, is served once the training has ended', async () => {
  const folder = await makeProjectOf('function');
  await writeFile(join(folder, 'src/predictor.ts'), modelReader);
  await writeFile(join(folder, 'src/train.ts'), modelWriter);
  const train = (word: string) =>
    runOptml(['train', '--hyperparameter', `word=${word}`], { workingDirectory: folder });
  const optml = startOptml(['dev', '--port', '0'], { workingDirectory: folder });
  await optml.waitFor('it is served as soon as it is there');
  await optml.waitForResult();
  const url = optml.printed().trim();
  const headers = { 'content-type': 'application/json' };
  const ask = async () => (await fetch(`${url}/invocations`, { method: 'POST', headers, body: '1' })).text();
  const before = await ask();

  await writeFile(join(folder, 'dev.log'), 'what was printed');
  const trained = await train('first');
  await optml.waitFor('try it');
  const first = await ask();
  const again = await train('second');
  await optml.waitFor('reloaded', 2);
  const second = await ask();
  await writeFile(join(folder, '.optml/ml/model/model.txt'), 'by hand');
  await optml.waitFor('reloaded', 3);

  expect([trained.code, again.code]).toEqual([0, 0]);
  expect([before, first, second, await ask()]).toEqual([
    expect.stringContaining('no model to serve'),
    expect.stringContaining('first'),
    expect.stringContaining('second'),
    expect.stringContaining('by hand'),
  ]);
  optml.stop();
  const { code, err } = await optml.outcome;
  expect(code).toBe(0);
  // Not for a log, and not while a training had moved the model away, or was writing it.
  expect(err.match(/no model to serve/g)).toHaveLength(1);
});

test('a port that is taken is named', async () => {
  const folder = await makeProjectOf('function');
  const first = startOptml(['dev', '--port', '0'], { workingDirectory: folder });
  await first.waitFor('try it');
  const port = new URL(first.printed().trim()).port;

  const { code, err } = await startOptml(['dev', '--port', port], { workingDirectory: folder }).outcome;

  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(`port ${port} is in use`) });
  first.stop();
  expect(await first.outcome).toMatchObject({ code: 0 });
});
