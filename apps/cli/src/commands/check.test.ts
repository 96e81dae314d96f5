import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeBase } from '../../test/make-base.ts';
import { makeProjectOf } from '../../test/make-project.ts';
import { runOptml, testEnvironment } from '../../test/run-optml.ts';

test('types, definitions and image of a project are checked, a line for each', async () => {
  const workingDirectory = await makeProjectOf('tree');

  const { code, out, err } = await runOptml(['check', '--base', `oci:${await makeBase()}`], {
    workingDirectory,
  });

  expect({ code, err }).toMatchObject({ code: 0 });
  expect(out).toMatch(
    /^types +ok\ndefinitions +ok: training with 2 hyperparameters and 2 metrics, a predictor\nimage +ok.*\n$/,
  );
});

test.each([
  {
    title: 'a wrong type',
    source:
      "import { definePredictor } from '@optml/serve/predictor';\nconst wrong: number = 'text';\nexport default definePredictor(wrong as never);\n",
    out: /^types +failed\ndefinitions +failed\n/,
    err: /src\/predictor\.ts.*TS2322[\s\S]*optml: types, definitions, image failed: what each found is printed above\n$/,
  },
  {
    title: 'a module that throws',
    source: "throw new Error('no weights');\n",
    out: /^types +ok\ndefinitions +failed\n/,
    err: /^(?![\s\S]*optml: image: )[\s\S]*optml: definitions: .*no weights/,
  },
])('$title is found, and the rest is checked all the same', async ({ source, out, err }) => {
  const workingDirectory = await makeProjectOf('function');
  await writeFile(join(workingDirectory, 'src/predictor.ts'), source);

  const outcome = await runOptml(['check', '--base', `oci:${await makeBase()}`], { workingDirectory });

  expect(outcome).toEqual({
    code: 1,
    out: expect.stringMatching(out),
    err: expect.stringMatching(err),
  });
});

test('a project without TypeScript is told how to have its types checked', async () => {
  const workingDirectory = await makeProjectOf('function', ['@optml', 'zod']);

  const { code, out } = await runOptml(['check', '--no-lint'], { workingDirectory });

  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringMatching(
      /^types +not checked: typescript is not installed[\s\S]*\nimage +not checked: --no-lint\n$/,
    ),
  });
});

test('what nothing uses is said, once as the rest', async () => {
  const workingDirectory = await makeProjectOf('function');
  const manifest = { name: 'bmi', type: 'module', optml: { server: { batching: { maximumSize: 4 } } } };
  await Promise.all([
    writeFile(join(workingDirectory, 'package.json'), JSON.stringify(manifest)),
    writeFile(join(workingDirectory, 'src/predictor.js'), ''),
  ]);

  const { code, err } = await runOptml(['check', '--base', `oci:${await makeBase()}`], {
    workingDirectory,
    environment: { ...testEnvironment, OPTML_BATCHING_MAXIMUM_SIZE: '' },
  });

  expect({ code, err }).toMatchObject({ code: 0 });
  for (const line of [
    /^optml: warning: src\/predictor\.js is not used, because there is src\/predictor\.ts: delete or rename one/gm,
    /^optml: warning: batching is configured, and the predictor has no predictBatch: /gm,
    /^optml: bundling /gm,
    /^optml: bundle \d/gm,
  ])
    expect(err.match(line)).toHaveLength(1);
});
