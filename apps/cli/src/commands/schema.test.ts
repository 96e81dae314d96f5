import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeProjectOf } from '../../test/make-project.ts';
import { makeFolder, runOptml } from '../../test/run-optml.ts';

const built = new URL('../../../container/dist/train.js', import.meta.url);

/** A project with a training module of these lines. */
async function makeProject(...lines: string[]): Promise<string> {
  const folder = await makeFolder();
  await writeFile(join(folder, 'train.mjs'), lines.join('\n'));
  return folder;
}

/** Lines that change the reference container's definition. */
const changed = (change: string) => [
  `import definition from ${JSON.stringify(built.href)};`,
  `export default { ...definition, ${change} };`,
];

test('the description of the project is one JSON object on stdout', async () => {
  const folder = await makeProjectOf('tree');

  const { code, out, err } = await runOptml(['schema'], { workingDirectory: join(folder, 'src') });

  expect({ code, err }).toEqual({
    code: 0,
    err: `optml: bundling src/train.ts and src/predictor.ts of tree, in ${folder}\n`,
  });
  expect(JSON.parse(out)).toEqual({
    hyperparameters: expect.objectContaining({ type: 'object' }),
    metricDefinitions: expect.any(Array),
    parameterRanges: expect.any(Object),
    trainingSpecification: expect.any(Object),
    trainingJob: expect.any(Object),
  });
});

test.each([
  ['json-schema', { properties: { max_depth: { type: 'integer', minimum: 1, maximum: 64, default: 5 } } }],
  ['metric-definitions', [{ Name: 'training:accuracy' }, { Name: 'validation:accuracy' }]],
  [
    'parameter-ranges',
    {
      IntegerParameterRanges: [{ Name: 'max_depth', MinValue: '1', MaxValue: '64', ScalingType: 'Auto' }],
    },
  ],
  ['training-specification', { TrainingChannels: [{ Name: 'training' }, { Name: 'validation' }] }],
  ['training-job', { HyperParameters: { max_depth: '5', min_samples_split: '2' } }],
])('--format %s prints that part alone', async (format, part) => {
  const { code, out } = await runOptml(['schema', '--format', format, '--module', fileURLToPath(built)]);

  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject(part);
});

test('--module names the module from the current folder', async () => {
  const folder = await makeProject(...changed('metrics: { loss: { goal: "minimize" } }'));

  const { out } = await runOptml(['schema', '--module', 'train.mjs', '--format', 'metric-definitions'], {
    workingDirectory: folder,
  });

  expect(JSON.parse(out)).toMatchObject([{ Name: 'loss' }]);
});

test.each([
  [
    'has no definition',
    ['export default 1;'],
    /cannot describe the training: \/.*train\.mjs does not export a training definition: its default export is 1;/,
  ],
  [
    'cannot be imported',
    ['import "no-such-package";'],
    /cannot import the training module: .*no-such-package/,
  ],
  ['throws', ['throw new Error("no GPU");'], /cannot import the training module: Error: no GPU/],
  ['has a metric with a space', changed('metrics: { "a b": {} }'), /metric a b cannot be logged/],
])('a module that %s is refused with exit code 2', async (_how, lines, message) => {
  const folder = await makeProject(...lines);

  const { code, out, err } = await runOptml(['schema', '--module', 'train.mjs'], {
    workingDirectory: folder,
  });

  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
});

test.each([
  ['export default 1', / SOURCE does not export a training definition: its default export is 1;/],
  ["throw new Error('no GPU')", /cannot import the training module: Error: no GPU|cannot describe SOURCE: /],
  ['export default process.exit(3)', / SOURCE ended with exit code 3/],
])('training that is %s is named by its source', async (text, message) => {
  const project = await makeProjectOf('function');
  const source = join(project, 'src/train.ts');
  await writeFile(source, text);
  const commands = text.includes('exit') ? ['train'] : ['train', 'schema'];

  for (const command of commands) {
    const { code, err } = await runOptml([command], { workingDirectory: project });

    expect(code).toBe(command === 'train' ? 1 : 2);
    expect(err.replaceAll(source, 'SOURCE')).toMatch(message);
    expect(err).not.toContain('.optml/app');
  }
});

test('a definition without channels has no training specification, and all the rest', async () => {
  const folder = await makeProject(...changed('channels: {}'));
  const schema = (...words: string[]) =>
    runOptml(['schema', '--module', 'train.mjs', ...words], { workingDirectory: folder });

  const [all, specification] = [await schema(), await schema('--format', 'training-specification')];

  expect(Object.keys(JSON.parse(all.out))).not.toContain('trainingSpecification');
  expect(specification).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('has no training specification: CreateAlgorithm takes 1 to 8 channels'),
  });
});

test('an unknown format is refused with those there are', async () => {
  const { code, err } = await runOptml(['schema', '--format', 'yaml']);

  expect(code).toBe(2);
  expect(err).toMatch(/'yaml' is invalid\. Allowed choices are all, json-schema, /);
});

const values = [
  ['--name', 'iris-1'],
  ['--image', '123456789012.dkr.ecr.us-east-1.amazonaws.com/iris@sha256:0'],
  ['--role', 'arn:aws:iam::123456789012:role/sagemaker'],
  ['--s3', 's3://bucket/iris/'],
  ['--instance-type', 'ml.m5.large'],
].flat();

test('requests bring one image into use: each names what the one before has made', async () => {
  const folder = await makeProjectOf('tree');
  const request = async (name: string, ...words: string[]) => {
    const { out } = await runOptml(['schema', '--request', name, ...words], { workingDirectory: folder });
    return JSON.parse(out);
  };

  const job = await request('CreateTrainingJob', ...values);
  const [model, config, serverless, endpoint] = await Promise.all([
    request('CreateModel', ...values),
    request('CreateEndpointConfig', ...values),
    request('CreateEndpointConfig', '--serverless', ...values),
    request('CreateEndpoint', ...values),
  ]);
  const bare = await request('CreateModel');

  expect(job.TrainingJobName).toBe('iris-1');
  expect(job.InputDataConfig[0].DataSource.S3DataSource.S3Uri).toBe('s3://bucket/iris/training');
  expect(model).toEqual({
    ModelName: 'iris-1',
    PrimaryContainer: {
      Image: job.AlgorithmSpecification.TrainingImage,
      ModelDataUrl: `${job.OutputDataConfig.S3OutputPath}/iris-1/output/model.tar.gz`,
    },
    ExecutionRoleArn: job.RoleArn,
  });
  expect(config.ProductionVariants[0]).toMatchObject({
    ModelName: model.ModelName,
    InstanceType: 'ml.m5.large',
  });
  expect(Object.keys(serverless.ProductionVariants[0])).toEqual([
    'VariantName',
    'ModelName',
    'ServerlessConfig',
  ]);
  expect(endpoint).toEqual({ EndpointName: 'iris-1', EndpointConfigName: config.EndpointConfigName });
  expect(bare.ModelName).toBe('<name>');
});

test.each([
  ['--name', 'my_model', 'letters, digits and "-"'],
  ['--role', 'sagemaker', 'the ARN of a role'],
  ['--s3', 'bucket/iris', 'an address in S3'],
  ['--instance-type', 't3.large', 'an instance type of SageMaker'],
])('%s "%s" is refused', async (flag, value, wanted) => {
  const { code, err } = await runOptml(['schema', '--request', 'CreateModel', flag, value]);

  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining(`${flag} "${value}" is not valid: give ${wanted}`),
  });
});
