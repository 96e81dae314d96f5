/** Stories of whole jobs: real child processes, a real tree, the built package. */

import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { runTraining } from '@optml/train';
import { describe, expect, test } from 'vitest';
import type { JobTree } from './job-tree.ts';
import { collect, train } from './train-story.ts';

/** A process that is dead and not yet buried by its parent does not run. */
const isRunning = (pid: number) =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(
    (stat) => !/\) [ZX] /.test(stat),
    () => false,
  );

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
    const { tree, result, stdout, stderr } = await train('happy.ts', {
      ...oneFile,
      files: { ...oneFile.files, 'training/.DS_Store': 'x', 'training/deep/_SUCCESS': '' },
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
    expect(stdout.match(/skips .*?;/g)).toEqual([
      'skips 2 files that are not data: .DS_Store, deep/_SUCCESS;',
    ]);
    expect(stderr).toBe('');
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

test('progress is told at its time, whichever way the clock jumps', async () => {
  const { stdout, stderr, tree } = await train('clock-jumps.ts');

  expect(stdout.match(/rows \d+ %/g)).toEqual(['rows 25 %', 'rows 50 %', 'rows 75 %', 'rows 75 %']);
  for (const [, seconds] of stdout.matchAll(/seconds=(\S+)/g)) expect(Number(seconds)).toBeLessThan(3600);
  expect(stderr).toContain(
    `WARN  training succeeded but left no model: ${tree.root}/model contains no files; `,
  );
});

describe('a job whose platform says more than it must', () => {
  test('is warned of metrics that its definitions do not find, and told its attempt', async () => {
    const { stdout, result } = await train('happy.ts', {
      ...oneFile,
      hyperparameters: { rate: '1' },
      prepare: async (root) => {
        const config = `${root}/input/config`;
        const definitions = [{ Name: 'validation:accuracy', Regex: 'accuracy is ([0-9.]+)' }];
        await writeFile(`${config}/metric-definition-regex.json`, JSON.stringify(definitions));
        await writeFile(`${config}/init-config.json`, '{"jobRunInfo":{"jobRunNumber":2}}');
      },
    });

    expect(result).toEqual({ exitCode: 0 });
    expect(stdout).toContain(
      "WARN  the job's metric definitions do not match validation:accuracy: use those",
    );
    expect(stdout).toContain('INFO  training starts channels=["training"] attempt=2');
  });
});

describe('a job that is refused before any data is read', () => {
  test('names every problem of hyperparameters and channels at once, in log and failure file', async () => {
    const { tree, result, stderr } = await train('happy.ts', {
      hyperparameters: { rate: 'fast', knd: 'a' },
      inputDataConfig: { trainin: { TrainingInputMode: 'File' }, validation: { TrainingInputMode: 'Pipe' } },
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'JOB_INVALID' });
    const failure = await tree.failure();
    for (const problem of [
      'hyperparameter knd is unknown: did you mean kind?',
      'hyperparameter rate is "fast": expected number',
      "channel training is missing from the job's InputDataConfig: rename its channel trainin to training",
      'channel validation is in Pipe mode: expected File or FastFile',
    ]) {
      expect(failure).toContain(problem);
      expect(stderr).toContain(problem);
    }
    expect(failure).toMatch(/^UserError: 4 problems with the job/);
    expect(stderr).toMatch(/^ERROR training failed: 4 problems with the job: - .*; - .*; - .*; - .*\n$/);
  });

  test('says why a required channel may have no files', async () => {
    const { tree, result } = await train('happy.ts', {
      hyperparameters: { rate: '1' },
      inputDataConfig: { training: {} },
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'CHANNEL_EMPTY' });
    expect(await tree.failure()).toMatch(
      /^UserError: channel training has no files in .*: common causes are a misspelt or empty S3 prefix/,
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
      'UserError: channel training has content type "application/x-parquet": expected text/csv',
    );
  });

  test.each([
    ['no-such-module.ts', 'TRAINING_NOT_FOUND', 'was it built?'],
    ['not-a-definition.ts', 'TRAINING_INVALID', 'write export default defineTraining'],
    ['too-many-metrics.ts', 'METRIC_INVALID', 'the definition has 41 metrics: SageMaker allows 40'],
    ['does-not-parse.ts', 'TRAINING_IMPORT_FAILED', 'SyntaxError'],
    ['imports-nothing.ts', 'MODULE_MISSING', 'no-such-package'],
  ])('says what is wrong with the module %s', async (fixture, code, message) => {
    const { tree, result } = await train(fixture);

    expect(result).toMatchObject({ exitCode: 1, code });
    expect(await tree.failure()).toContain(message);
  });

  test.each([
    ['imports-broken.ts', /SyntaxError: .* \(at \S+fixtures\/broken:2\)\nlast lines:\n.*\nconst = 2;$/],
    ['imports-no-name.ts', /SyntaxError: .*no-such-name.* \(at \S+fixtures\/imports-no-name\.ts:3\)$/],
    ['throws-on-import.ts', /TypeError: no version \(at \S+ts:2:9\)\nat \S+ts:5:24$/],
  ])('says where the module %s goes wrong', async (fixture, reason) => {
    const { tree, result } = await train(fixture);

    expect(result).toMatchObject({ exitCode: 1, code: 'TRAINING_IMPORT_FAILED' });
    expect(await tree.failure()).toMatch(reason);
  });

  test('says of a module that never finishes loading no more than that', async () => {
    const { tree, result } = await train('waits-on-import.ts');

    expect(result).toMatchObject({ exitCode: 13, code: 'TRAINING_STALLED' });
    expect(await tree.failure()).not.toContain('last lines');
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
    expect(await tree.failure()).toMatch(/^UserError: training\/x\.csv: /);
    expect(await tree.failure()).toContain(message);
  });
});

test('a module that ends the process while it is loaded fails the job', async () => {
  const { tree, result } = await train('exits-on-import.ts');

  expect(result).toMatchObject({ exitCode: 1, code: 'TRAINING_FAILED' });
  expect(await tree.failure()).toContain('process.exit(0) was called before run had returned');
});

test('a promise that the top level of a module forgot fails the job, with the frame', async () => {
  const { tree, result } = await train('takes-its-time.ts', { variables: { FIXTURE_FORGETS: 'yes' } });

  expect(result.exitCode).toBe(1);
  const failure = await tree.failure();
  expect(failure).toContain('RangeError: forgotten at the top');
  expect(failure).toMatch(/takes-its-time\.ts:8:/);
  // It was reported: nobody had to guess it from what Node prints.
  expect(failure).not.toContain('last lines');
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

  test('hears a stop that came while its module was still loading', async () => {
    const { tree, result } = await train('takes-its-time.ts', { stopAtOutput: 'loading' });

    expect(result).toEqual({ exitCode: 0 });
    expect(await tree.model('stopped.txt')).toBe('saved in time');
  });

  test('exits 0 when its code ends the process', async () => {
    const { tree, result } = await train('exits-at-stop.ts', { stopAtOutput: 'waiting for a stop' });

    expect(result).toEqual({ exitCode: 0 });
    expect(await tree.model('stopped.txt')).toBe('saved in time');
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

describe('a job that registered what to do on a stop', () => {
  test('ends with 0 when that is done, without waiting for run, and knew how much time was left', async () => {
    const { tree, result } = await train('registers-on-stop.ts', {
      stopAtOutput: 'training goes on',
      stopTimeoutMs: 20_000,
    });

    expect(result).toEqual({ exitCode: 0 });
    const { leftMs } = JSON.parse(await tree.model('stopped.json'));
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(20_000);
  });

  test('fails when that fails', async () => {
    const { tree, result } = await train('registers-on-stop.ts', {
      stopAtOutput: 'training goes on',
      hyperparameters: { fail: 'true' },
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'TRAINING_FAILED' });
    expect(await tree.failure()).toContain('the checkpoint was not saved');
  });
});

describe('a job that leaves processes behind', () => {
  test('ends with its own exit code, and they are killed and named', async () => {
    const { tree, result, stderr } = await train('leaves-behind.ts');

    expect(result).toEqual({ exitCode: 0 });
    for (const pid of JSON.parse(await tree.model('pids.json')))
      await expect.poll(() => isRunning(pid)).toBe(false);
    // It is still setsid where it is found before it has become sleep.
    expect(stderr).toMatch(/a process was left behind and killed pid=\d+ command="(setsid )?sleep 601"/);
  });
});

describe('secrets', () => {
  test('appear neither in the failure file nor in the report of the environment', async () => {
    const { tree, stdout, stderr } = await train('misbehaves.ts', {
      hyperparameters: { how: 'the password is hunter2hunter2' },
      variables: { DB_PASSWORD: 'hunter2hunter2', OPTML_LOG_ENVIRONMENT: 'true', PLAIN: 'visible' },
    });

    expect(await tree.failure()).toContain('the password is ***');
    expect(stdout + stderr).not.toContain('hunter2');
    expect(stdout).toContain('PLAIN=visible');
  });
});

describe('a job that goes wrong in the author’s code', () => {
  test.each([
    [
      'throws',
      1,
      'TRAINING_FAILED',
      /^AlgorithmError: TypeError: cannot divide a cat \(at \S+misbehaves\.ts:\d+:\d+\)/,
    ],
    [
      'rejects-elsewhere',
      1,
      'TRAINING_FAILED',
      /^AlgorithmError: forgotten promise \(at \S+misbehaves\.ts:\d+:\d+\)\nhint: .* not handled: await it/,
    ],
    [
      'exits',
      42,
      'TRAINING_CRASHED',
      /^AlgorithmError: .* ended with exit code 42\nlast lines:\nthe disk is made of cheese/,
    ],
    [
      'exits-with-success',
      1,
      'TRAINING_FAILED',
      /^AlgorithmError: process\.exit\(0\) was called before run had returned \(at \S+misbehaves\.ts:\d+:\d+\)\nhint: return from run/,
    ],
    [
      'exits-later-with-success',
      1,
      'TRAINING_FAILED',
      /^AlgorithmError: process\.exit\(0\) was called before run had returned \(at \S+misbehaves\.ts:\d+:\d+\)/,
    ],
    ['dies', 137, 'TRAINING_KILLED', /SIGKILL/],
    [
      'never-settles',
      13,
      'TRAINING_STALLED',
      /^AlgorithmError: training waits for a promise that can no longer settle/,
    ],
    ['fills-the-heap', 134, 'HEAP_EXHAUSTED', /^OutOfMemory: .*heap.* 64 MiB/],
    ['fills-a-disk', 1, 'DISK_FULL', /^UserError: the disk is full.*ENOSPC.*\n?hint: raise VolumeSizeInGB/s],
    ['imports-what-is-missing', 1, 'MODULE_MISSING', /^UserError: .*left-padx/],
    ['fetches', 1, 'TRAINING_FAILED', /^AlgorithmError: TypeError: fetch failed: .*ECONNREFUSED/],
    [
      'rejects-with-text',
      1,
      'TRAINING_FAILED',
      /^AlgorithmError: a promise was rejected with just text and not handled/,
    ],
    ['throws-a-bigint', 1, 'TRAINING_FAILED', /^AlgorithmError: threw \{ a: 1n \}/],
    ['explains-itself', 1, 'TRAINING_FAILED', /^the author's words$/],
  ])('explains a run that %s', async (how, exitCode, code, reason) => {
    const { tree, result } = await train('misbehaves.ts', { hyperparameters: { how } });

    expect(result).toMatchObject({ exitCode, code });
    expect(await tree.failure()).toMatch(reason);
  });
});
