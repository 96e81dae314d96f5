import { readHostingEnvironment } from '@optml/contract/environment';
import { readResources } from '@optml/contract/resources';
import { expect, test } from 'vitest';
import { readServerOptions } from './read-server-options.ts';
import { resolveOptions } from './server-options.ts';

test.each([
  [undefined, [], undefined],
  ['--enable-source-maps', [], undefined],
  ['--max-old-space-size=512', [], 448],
  ['--max_old_space_size=512 --no-warnings', [], 448],
  ['--max-heap-size=512', [], 448],
  ['--max-old-space-size=512', ['--max-old-space-size=1024'], 960],
  [undefined, ['--max_old-space_size=1024'], 960],
  ['"--max-old-space-size=512" --no-warnings', [], 448],
  ['--no-warnings --max-old-space-size="5\\12"', [], 448],
  ['--max-old-space-size=512 --max-heap-size=256', [], 448],
  ['--max-old-space-size=256 --max-old-space-size=512', [], 448],
  ["'--max-old-space-size=512'", [], undefined],
  ['--title=--max-old-space-size=99', [], undefined],
  ['--title="a --max-old-space-size=99"', [], undefined],
  ['--max-old-space-size=0', [], undefined],
  ['--max-heap-size=-1', [], undefined],
  ['--max-semi-space-size=64', [], undefined],
  ['--max-old-space-size=32', [], 0],
])(
  'of a heap limit in NODE_OPTIONS (%s) and in the arguments (%j), workers get %s',
  (variable, nodeArguments, left) => {
    const environment = readHostingEnvironment({ NODE_OPTIONS: variable });

    const { workers } = readServerOptions(environment, { write: () => {}, nodeArguments });

    expect(workers?.totalHeapMiB).toBe(left);
  },
);

test('a heap limit that is a part of the memory is one, too', () => {
  const environment = readHostingEnvironment({
    NODE_OPTIONS: '--max_old_space_size_percentage=50 --max-old-space-size=512',
  });

  const { workers } = readServerOptions(environment, { write: () => {} });

  expect(workers?.totalHeapMiB).toBe(Math.floor(readResources().memoryBytes / 2 / 1024 ** 2) - 64);
});

test.each([
  [{}, { bodyBytes: 25 * 2 ** 20, invocationMs: 55_000, spills: false, workers: undefined }],
  [
    { OPTML_HOSTING: 'serverless' },
    { bodyBytes: 4 * 2 ** 20, invocationMs: 55_000, spills: false, workers: 1 },
  ],
  [
    { OPTML_HOSTING: 'serverless', SAGEMAKER_MODEL_SERVER_WORKERS: '3' },
    { bodyBytes: 4 * 2 ** 20, invocationMs: 55_000, spills: false, workers: 3 },
  ],
  [
    { OPTML_HOSTING: 'asynchronous' },
    { bodyBytes: 2 ** 30, invocationMs: 3_595_000, spills: true, workers: undefined },
  ],
  [
    { OPTML_HOSTING: 'serverless', SAGEMAKER_BATCH: 'True' },
    { bodyBytes: 100 * 2 ** 20, invocationMs: 3_595_000, spills: true, workers: undefined },
  ],
  [
    { OPTML_HOSTING: 'asynchronous', MAX_CONTENT_LENGTH: '1000', SAGEMAKER_MODEL_SERVER_TIMEOUT: '9' },
    { bodyBytes: 1_000, invocationMs: 9_000, spills: false, workers: undefined },
  ],
])('of %j follow the limits of a request and the workers', (environment, expected) => {
  const { limits, workers } = resolveOptions(
    readServerOptions(readHostingEnvironment(environment), { write() {} }),
  );

  const { bodyBytes, invocationMs, spill } = limits;
  expect({ bodyBytes, invocationMs, spills: spill !== undefined, workers: workers.count }).toEqual(expected);
});

test('sessions are what their variables say', () => {
  const environment = { SAGEMAKER_ENABLE_STATEFUL_SESSIONS: 'False', SAGEMAKER_SESSIONS_EXPIRATION: '60' };

  const read = (variables: Readonly<Record<string, string>>) =>
    readServerOptions(readHostingEnvironment(variables), { write: () => {} }).sessions;

  expect(read(environment)).toEqual({ isEnabled: false, expirySeconds: 60 });
  expect(read({})).toEqual({ isEnabled: undefined, expirySeconds: undefined });
});

test('batching, draining and the Open Inference Protocol are what their variables say', () => {
  const environment = readHostingEnvironment({
    OPTML_OPEN_INFERENCE_MODEL: 'iris',
    OPTML_OPEN_INFERENCE_VERSION: '2',
    OPTML_BATCHING_MAXIMUM_SIZE: '4',
    OPTML_DRAIN_GRACE_MS: '0',
    OPTML_DRAIN_SILENCE_MS: '100',
  });

  const options = readServerOptions(environment, { write: () => {} });
  const none = readServerOptions(readHostingEnvironment({}), { write: () => {} });

  expect(options.openInference).toEqual({ modelName: 'iris', modelVersion: '2' });
  expect(options.batching).toEqual({ maximumSize: 4, maximumDelayMs: undefined });
  expect([none.openInference, options.drain, none.drain]).toEqual([
    undefined,
    { graceMs: 0, silenceMs: 100 },
    { graceMs: undefined, silenceMs: undefined },
  ]);
});

test.each([
  ['OPTML_BATCHING_MAXIMUM_SIZE', '0', 'a whole number from 1 to 100000'],
  ['OPTML_BATCHING_MAXIMUM_DELAY_MS', '5ms', 'whole milliseconds from 0 to 60000'],
  ['SAGEMAKER_SESSIONS_EXPIRATION', '604801', 'whole seconds from 1 to 604800'],
  ['OPTML_DRAIN_GRACE_MS', '20001', 'whole milliseconds from 0 to 20000'],
  ['OPTML_DRAIN_SILENCE_MS', '-1', 'whole milliseconds from 0 to 25000'],
])('%s=%s is refused', (name, value, expected) => {
  expect(() => readHostingEnvironment({ [name]: value })).toThrow(
    `${name} is "${value}": expected ${expected}`,
  );
});
