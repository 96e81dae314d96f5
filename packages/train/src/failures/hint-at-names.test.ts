import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainEnding } from './explain-ending.ts';
import type { EndingFacts } from './explanation.ts';

type ProgramKind = NonNullable<EndingFacts['program']>['kind'];

import { hintAtNames } from './hint-at-names.ts';

const facts = {
  root: '/opt/ml',
  channels: ['training', 'my-data'],
  variables: [
    ...['PATH', 'SM_MODEL_DIR', 'SM_HP_RATE'],
    ...['SM_CHANNEL_TRAINING', 'SM_CHANNEL_MY-DATA', 'SM_CHANNEL_MY_DATA'],
  ],
};

const noChannel =
  'the job has no such channel, only SM_CHANNEL_TRAINING, SM_CHANNEL_MY_DATA: read one that it has';
const noHyperparameter = 'the job has no such hyperparameter, only SM_HP_RATE: set it in the job';
const noFolder = 'the job has no channel train, only training, my-data: read one that it has';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optml-names-'));
});

afterAll(() => rm(directory, { recursive: true }));

const noSuchFile = 'FileNotFoundError: [Errno 2] No such file or directory:';

test.each([
  ["KeyError: 'SM_CHANNEL_TRAIN'", noChannel],
  ['ValueError: set SM_CHANNEL_VALIDATION. It is not there', noChannel],
  ["KeyError: 'SM_HP_EPOCHS'", noHyperparameter],
  ['Error: process.env.SM_HP_EPOCHS is not set', noHyperparameter],
  ["KeyError: 'SM_MODELDIR'", 'did you mean SM_MODEL_DIR?'],
  ["KeyError: 'SM_CLUSTER'", 'optml did not set SM_CLUSTER; docs/training.md says what a program gets'],
  [`${noSuchFile} '/opt/ml/input/data/train/a.csv'`, noFolder],
  ["Error: ENOENT: no such file or directory, scandir '/opt/ml/input/data/train'", noFolder],
])('%s', async (line, hint) => {
  expect(await hintAtNames({ line, frames: [] }, facts)).toContain(hint);
});

test.each([
  "KeyError: 'SM_CHANNEL_TRAINING'",
  "KeyError: 'epochs'",
  'ValueError: expected SM_CHANNEL_<name>',
  `${noSuchFile} '/opt/ml/input/data/training/b.csv'`,
  `${noSuchFile} '/opt/ml/input/data/training_0'`,
  `${noSuchFile} '/opt/ml/input/data/'`,
])('%s misses no name', async (line) => {
  expect(await hintAtNames({ line, frames: [] }, facts)).toBeUndefined();
});

test.each([
  `${noSuchFile} '/opt/ml/input/config/hyperparameters.json'`,
  `${noSuchFile} '/opt/ml/output/failure'`,
  "Error: ENOENT: no such file or directory, open '/opt/ml/model/model.json'",
])('%s names the other root of the job', async (line) => {
  const hint = await hintAtNames({ line, frames: [] }, { ...facts, root: '/home/me/iris/.optml/ml' });

  expect(hint).toBe(
    'the root is /home/me/iris/.optml/ml here, not /opt/ml: read the variable SAGEMAKER_BASE_DIR, and take /opt/ml where it is not set',
  );
});

test.each([
  [`${noSuchFile} '/opt/ml/model/a'`, '/opt/ml/'],
  [`${noSuchFile} '/opt/mlflow/a'`, '/tmp/ml'],
  [`${noSuchFile} '/tmp/opt/ml/a'`, '/tmp/ml'],
  ["ValueError: bad row in '/opt/ml/a'", '/tmp/ml'],
])('%s with the root %s is not about the root', async (line, root) => {
  expect(await hintAtNames({ line, frames: [] }, { ...facts, root })).toBeUndefined();
});

async function hintAtSource(kind: ProgramKind, text: string) {
  const path = join(directory, 'train');
  await writeFile(path, text);
  const line = kind === 'python' ? 'TypeError: expected str, not NoneType' : 'TypeError: Received undefined';
  return hintAtNames({ line, frames: [] }, { ...facts, program: { path, kind } });
}

test.each<[ProgramKind, string, string]>([
  ['python', "path = os.environ.get('SM_CHANNEL_TRAIN')", 'SM_CHANNEL_TRAIN'],
  ['python', 'p.add_argument("--train", default=os.getenv("SM_CHANNEL_TRAIN"))', 'SM_CHANNEL_TRAIN'],
  ['node', 'const path = process.env.SM_CHANNEL_TRAIN;', 'SM_CHANNEL_TRAIN'],
  ['node', "process.env['SM_HP_BATCH-SIZE']!.trim()", 'SM_HP_BATCH-SIZE'],
  ['node', 'const { SM_MODEL_DIR, SM_HP_EPOCHS: epochs } = process.env;', 'SM_HP_EPOCHS'],
])('a value that is missing in %s has a name: %s', async (kind, text, name) => {
  expect(await hintAtSource(kind, text)).toMatch(
    `/train reads ${name}, which is not set: the job has no such `,
  );
});

test.each<[ProgramKind, string]>([
  ['python', "os.environ.get('SM_CHANNEL_TRAIN', '/tmp')"],
  ['python', "os.getenv('SM_CHANNEL_TRAIN') or '/tmp'"],
  ['python', "os.getenv('SM_CHANNEL_TRAINING')"],
  ['node', "process.env.SM_CHANNEL_TRAIN ?? '/tmp'"],
  ['node', "process.env['SM_CHANNEL_TRAIN'] || '/tmp'"],
])('a value with a default in %s is not missing: %s', async (kind, text) => {
  expect(await hintAtSource(kind, text)).toBeUndefined();
});

const end = (...lastErrorLines: readonly string[]) => ({
  exitCode: 3,
  signal: null,
  timedOut: false,
  lastErrorLines,
});

test.each([
  ['train.sh: line 2: SM_CHANNEL_TRAIN: unbound variable', noChannel],
  ['train.sh: 2: SM_HP_EPOCHS: parameter not set', noHyperparameter],
  ['train.sh: line 1: SM_HP_EPOCHS: parameter null or not set', noHyperparameter],
  ['sh: SM_HP_EPOCHS: parameter not set', noHyperparameter],
  ['SM_CHANNEL_TRAIN is not set', noChannel],
  ['cat: /opt/ml/input/data/train/a.csv: No such file or directory', noFolder],
])('the last words of a shell: %s', async (line, hint) => {
  const explanation = await explainEnding(end('before', line), facts);

  expect(explanation).toMatchObject({ code: 'TRAINING_FAILED', cause: line });
  expect(explanation.hint).toContain(hint);
});

test('a line that only mentions a variable is not taken for a complaint', async () => {
  const explanation = await explainEnding(end('SM_CHANNEL_TRAIN would be nice to have'), facts);

  expect(explanation).toMatchObject({ code: 'TRAINING_CRASHED', hint: undefined });
});

test('many names are cut short, and a job without channels has none to tell', async () => {
  const many = Array.from({ length: 25 }, (_, index) => `SM_HP_P${index}`);
  const variables = ['SM_MODEL_DIR', ...many];

  expect(await hintAtNames({ line: "KeyError: 'SM_HP_EPOCHS'", frames: [] }, { variables })).toContain(
    'SM_HP_P19 and 5 more: set it in the job',
  );
  expect(await hintAtNames({ line: "KeyError: 'SM_CHANNEL_TRAIN'", frames: [] }, { variables })).toBe(
    'the job has no channels: add one of that name',
  );
});
