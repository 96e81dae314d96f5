import { readHostingEnvironment } from '@optml/contract/environment';
import { readResources } from '@optml/contract/resources';
import { expect, test } from 'vitest';
import { readServerOptions } from './read-server-options.ts';

test.each([
  [undefined, [], undefined],
  ['--enable-source-maps', [], undefined],
  ['--max-old-space-size=512', [], 448],
  ['--max_old_space_size=512 --no-warnings', [], 448],
  ['--max-heap-size=512', [], 448],
  ['--max-old-space-size=512', ['--max-old-space-size=1024'], 960],
  [undefined, ['--max-old-space-size', '1024'], 960],
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
  const environment = readHostingEnvironment({ NODE_OPTIONS: '--max-old-space-size-percentage=50' });

  const { workers } = readServerOptions(environment, { write: () => {} });

  expect(workers?.totalHeapMiB).toBe(Math.floor(readResources().memoryBytes / 2 / 1024 ** 2) - 64);
});

test('batching, draining and the Open Inference Protocol are what their variables say', () => {
  const environment = readHostingEnvironment({
    OPTML_OPEN_INFERENCE_MODEL: 'iris',
    OPTML_OPEN_INFERENCE_VERSION: '2',
    OPTML_BATCHING_MAXIMUM_SIZE: '4',
    OPTML_DRAIN_GRACE_MS: '0',
  });

  const options = readServerOptions(environment, { write: () => {} });
  const none = readServerOptions(readHostingEnvironment({}), { write: () => {} });

  expect(options.openInference).toEqual({ modelName: 'iris', modelVersion: '2' });
  expect(options.batching).toEqual({ maximumSize: 4, maximumDelayMs: undefined });
  expect([none.openInference, options.drain, none.drain]).toEqual([
    undefined,
    { graceMs: 0 },
    { graceMs: undefined },
  ]);
});

test.each([
  ['OPTML_BATCHING_MAXIMUM_SIZE', '0', 'a whole number from 1 to 100000'],
  ['OPTML_BATCHING_MAXIMUM_DELAY_MS', '5ms', 'whole milliseconds from 0 to 60000'],
  ['OPTML_DRAIN_GRACE_MS', '20001', 'whole milliseconds from 0 to 20000'],
])('%s=%s is refused', (name, value, expected) => {
  expect(() => readHostingEnvironment({ [name]: value })).toThrow(
    `${name} is "${value}": expected ${expected}`,
  );
});
