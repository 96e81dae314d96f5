/** Stories of whole jobs: real child processes, a real tree, the built package. */

import { access, rm } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { runTraining } from '@optml/train';
import { afterEach, describe, expect, test } from 'vitest';
import { type JobTree, type JobTreeOptions, makeJobTree } from './job-tree.ts';

const trees: JobTree[] = [];

afterEach(async () => {
  for (const { root } of trees.splice(0)) await rm(root, { recursive: true });
});

/** Collects output and lets a test act on a line as it comes. */
function collect(onText: (text: string) => void = () => {}) {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      onText(text);
      done();
    },
  });
  return { stream, text: () => text };
}

interface Story extends JobTreeOptions {
  readonly stopAtOutput?: string;
  readonly stopTimeoutMs?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

async function train(fixture: string, story: Story = {}) {
  const tree = await makeJobTree(story);
  trees.push(tree);
  const stop = new AbortController();
  const stdout = collect((text) => {
    if (story.stopAtOutput !== undefined && text.includes(story.stopAtOutput)) stop.abort();
  });
  const stderr = collect();
  const result = await runTraining(new URL(`./fixtures/${fixture}`, import.meta.url), {
    environment: { PATH: process.env.PATH, SAGEMAKER_BASE_DIR: tree.root, ...story.variables },
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: stop.signal,
    stopTimeoutMs: story.stopTimeoutMs ?? 30_000,
  });
  return { tree, result, stdout: stdout.text(), stderr: stderr.text() };
}

const hasFailureFile = (tree: JobTree) =>
  access(`${tree.root}/output/failure`).then(
    () => true,
    () => false,
  );

const oneFile = {
  inputDataConfig: { training: { TrainingInputMode: 'File', ContentType: 'text/csv; charset=utf-8' } },
  files: { 'training/part-1.csv': 'a,1\nb,2\n', 'training/deep/part-2.csv': 'c,39\n' },
};

describe('a job that goes well', () => {
  test('gets typed hyperparameters, channels and a cluster, and leaves a model, metrics and exit code 0', async () => {
    const { tree, result, stdout } = await train('happy.ts', {
      ...oneFile,
      hyperparameters: { rate: '"0.5"', kind: '"b"' },
    });

    expect(result).toEqual({ exitCode: 0 });
    expect(JSON.parse(await tree.model('model.json'))).toEqual({
      sum: 42,
      rate: 0.5,
      kind: 'b',
      validation: 'none',
      leader: true,
      step: 1,
    });
    expect(stdout.split('\n')).toContain('[metric] validation:accuracy=0.5 step=1');
    expect(stdout.split('\n')).toContain('INFO  done sum=42');
    expect(await hasFailureFile(tree)).toBe(false);
  });

  test('logs only what its level asks for', async () => {
    const { stdout } = await train('happy.ts', {
      ...oneFile,
      hyperparameters: { rate: '1' },
      variables: { SAGEMAKER_CONTAINER_LOG_LEVEL: '40' },
    });

    expect(stdout).not.toContain('INFO');
    expect(stdout).toContain('[metric]');
  });
});

describe('a job that is refused before any data is read', () => {
  test('names every problem of hyperparameters and channels at once, in log and failure file', async () => {
    const { tree, result, stderr } = await train('happy.ts', {
      hyperparameters: { rate: 'fast', knd: 'a' },
      inputDataConfig: { trainin: { TrainingInputMode: 'File' }, validation: { TrainingInputMode: 'Pipe' } },
    });

    const reason = [
      '4 problems with the job:',
      '- hyperparameter knd is unknown: did you mean kind?',
      '- hyperparameter rate is "fast": expected number',
      "- channel training is missing from the job's InputDataConfig: did you mean trainin?",
      '- channel validation comes in Pipe mode, which cannot be read yet: use File or FastFile',
    ];
    expect(result).toMatchObject({ exitCode: 1, code: 'JOB_INVALID' });
    expect((await tree.failure()).split('\n').sort()).toEqual([...reason].sort());
    expect(stderr).toContain('ERROR training failed: 4 problems with the job:');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('says why a required channel may have no files', async () => {
    const { tree, result } = await train('happy.ts', {
      hyperparameters: { rate: '1' },
      inputDataConfig: { training: {} },
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'CHANNEL_EMPTY' });
    expect(await tree.failure()).toMatch(
      /^channel training has no files in .*: usual causes are an S3 prefix/,
    );
  });

  test("allows a host's empty shard", async () => {
    const { result } = await train('happy.ts', {
      hyperparameters: { rate: '1' },
      inputDataConfig: { training: { S3DistributionType: 'ShardedByS3Key' } },
    });

    expect(result).toEqual({ exitCode: 0 });
  });

  test('refuses a content type that the code does not read', async () => {
    const { tree } = await train('happy.ts', {
      ...oneFile,
      hyperparameters: { rate: '1' },
      inputDataConfig: { training: { ContentType: 'application/x-parquet' } },
    });

    expect(await tree.failure()).toBe(
      'channel training has content type "application/x-parquet": expected text/csv',
    );
  });

  test.each([
    ['no-such-module.ts', 'TRAINING_NOT_FOUND', 'was it built?'],
    ['not-a-definition.ts', 'TRAINING_INVALID', 'export default defineTraining'],
    ['imports-nothing.ts', 'TRAINING_IMPORT_FAILED', "Cannot find package 'no-such-package'"],
  ])('says what is wrong with the module %s', async (fixture, code, message) => {
    const { tree, result } = await train(fixture);

    expect(result).toMatchObject({ exitCode: 1, code });
    expect(await tree.failure()).toContain(message);
  });

  test('reports a wrong environment variable', async () => {
    const { tree, result } = await train('happy.ts', {
      variables: { SAGEMAKER_CONTAINER_LOG_LEVEL: 'loud' },
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'ENVIRONMENT_INVALID' });
    expect(await tree.failure()).toContain('SAGEMAKER_CONTAINER_LOG_LEVEL is "loud"');
  });

  test('reports a missing config file', async () => {
    const { tree, result } = await train('happy.ts', { variables: {} });
    await rm(`${tree.root}/input/config/resourceconfig.json`);
    await rm(`${tree.root}/output/failure`, { force: true });

    const second = await runTraining(new URL('./fixtures/happy.ts', import.meta.url), {
      environment: { SAGEMAKER_BASE_DIR: tree.root },
      stdout: collect().stream,
      stderr: collect().stream,
      signal: new AbortController().signal,
    });

    expect(result.exitCode).toBe(1);
    expect(second).toMatchObject({ exitCode: 1, code: 'CONFIG_MISSING' });
    expect(await tree.failure()).toContain('resourceconfig.json is missing');
  });
});

describe('a job with a wrong row', () => {
  test.each([
    ['a,1\nb,zwei\n', 'training/x.csv: line 2, column 2 holds "zwei": expected a number'],
    ['a,1\nb,2,3\n', 'line 2 has 3 columns'],
    ['a,1\nb,"2\n', 'starts on line 2: column 2 opens a quote that is never closed'],
  ])('names file, line and column of %j', async (content, message) => {
    const { tree, result } = await train('happy.ts', {
      hyperparameters: { rate: '1' },
      inputDataConfig: { training: {} },
      files: { 'training/x.csv': content },
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'DATA_INVALID' });
    expect(await tree.failure()).toMatch(/^training\/x\.csv: /);
    expect(await tree.failure()).toContain(message);
  });
});

describe('a job that is asked to stop', () => {
  test('exits 0 when its code ended well, and keeps what it saved', async () => {
    const { tree, result } = await train('waits-for-stop.ts', { stopAtOutput: 'waiting for a stop' });

    expect(result).toEqual({ exitCode: 0 });
    expect(await tree.model('stopped.txt')).toBe('saved in time');
  });

  test("exits 0 when its code throws the signal's reason", async () => {
    const { tree, result } = await train('waits-for-stop.ts', {
      stopAtOutput: 'waiting for a stop',
      hyperparameters: { rethrow: 'true' },
    });

    expect(result).toEqual({ exitCode: 0 });
    expect(await hasFailureFile(tree)).toBe(false);
  });

  test('fails when its code fails while it stops', async () => {
    const { tree, result } = await train('waits-for-stop.ts', {
      stopAtOutput: 'waiting for a stop',
      hyperparameters: { fail: 'true' },
    });

    expect(result.exitCode).toBe(1);
    expect(await tree.failure()).toContain('could not save');
  });

  test('is killed at the deadline when its code blocks the event loop', async () => {
    const { tree, result } = await train('ignores-stop.ts', { stopAtOutput: 'busy', stopTimeoutMs: 200 });

    expect(result).toMatchObject({ exitCode: 137, code: 'TRAINING_STOP_TIMEOUT' });
    expect(await tree.failure()).toContain('did not stop within 0.2 s of SIGTERM');
  });
});

describe('a job that goes wrong in the author’s code', () => {
  test.each([
    ['throws', 1, 'TRAINING_FAILED', /^TypeError: cannot divide a cat \(at .*misbehaves\.ts:\d+:\d+\)$/],
    ['rejects-elsewhere', 1, 'TRAINING_FAILED', /^forgotten promise/],
    [
      'exits',
      42,
      'TRAINING_CRASHED',
      /ended with exit code 42; its last words:\nthe disk is made of cheese$/,
    ],
    ['dies', 137, 'TRAINING_CRASHED', /was killed by SIGKILL/],
    ['never-settles', 13, 'TRAINING_CRASHED', /promise that nothing can settle/],
    ['explains-itself', 1, 'TRAINING_FAILED', /^the author's words$/],
  ])('explains a run that %s', async (how, exitCode, code, reason) => {
    const { tree, result } = await train('misbehaves.ts', { hyperparameters: { how } });

    expect(result).toMatchObject({ exitCode, code });
    expect(await tree.failure()).toMatch(reason);
  });
});
