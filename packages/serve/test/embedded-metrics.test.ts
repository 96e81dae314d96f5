import { readHostingEnvironment } from '@optml/contract/environment';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { isMetricName } from '../src/observability/is-metric-name.ts';
import { startReadyServer } from './start-server.ts';

/** "Specification: Embedded metric format", and the units of `MetricDatum` that are used here. */
const documentSchema = z.looseObject({
  _aws: z.strictObject({
    Timestamp: z.int(),
    CloudWatchMetrics: z.array(
      z.strictObject({
        Namespace: z.string().min(1).max(255),
        Dimensions: z.array(z.array(z.string().min(1).max(255)).max(30)).min(1),
        Metrics: z
          .array(
            z.strictObject({
              Name: z.string().min(1).max(255),
              Unit: z.enum(['Count', 'Milliseconds', 'None']),
            }),
          )
          .max(100),
      }),
    ),
  }),
});
const valueSchema = z.union([z.number(), z.array(z.number()).min(1).max(100)]);

function parseLines(text: string) {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => {
    const document = documentSchema.parse(JSON.parse(line));
    for (const { Dimensions, Metrics } of document._aws.CloudWatchMetrics) {
      for (const name of Dimensions.flat()) z.string().min(1).parse(document[name]);
      for (const { Name } of Metrics) valueSchema.parse(document[Name]);
    }
    return document;
  });
}

test('a set of lines has the counts, durations and errors of its interval', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const dimensions = { Service: 'sums' };
  const { server, invoke } = await startReadyServer('sums', {
    observe: { embeddedMetrics: { write: resolve, dimensions, namespace: 'Shop' } },
  });
  for (let count = 0; count < 150; count += 1) await invoke('[[1, 2]]');
  await invoke('[["a"]]');

  await server.close();

  const [all, errors, ...others] = parseLines(await promise);
  expect(others).toEqual([]);
  expect(all?._aws.CloudWatchMetrics[0]).toMatchObject({ Namespace: 'Shop', Dimensions: [['Service']] });
  expect(all).toMatchObject({
    Service: 'sums',
    Invocations: 151,
    Invocation4XXErrors: 1,
    Invocation5XXErrors: 0,
  });
  expect(all).toMatchObject({ WorkersLost: 0, WorkerRestarts: 0, EventLoopLag: expect.any(Number) });
  expect(all?.Duration).toHaveLength(100);
  expect(all).not.toHaveProperty('BatchSize');
  expect(errors?._aws.CloudWatchMetrics[0]?.Dimensions).toEqual([['Service', 'Code']]);
  const members = [all, errors].flatMap((line) => Object.keys(line ?? {}));
  for (const name of new Set([...members, 'BatchSize'])) {
    if (name === 'Service') continue;
    expect(() => readHostingEnvironment({ OPTML_EMF_DIMENSIONS: `${name}=1` }, isMetricName)).toThrow(
      `${name} is reserved for metrics`,
    );
  }
  expect(errors).toMatchObject({ Service: 'sums', Code: 'INPUT_INVALID', InvocationErrors: 1 });
});

test('lines come at an interval, also of a server without requests', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  await startReadyServer('sums', { observe: { embeddedMetrics: { write: resolve, intervalMs: 1 } } });

  const [first] = parseLines(await promise);

  expect(first).toMatchObject({ Invocations: 0 });
  expect(first?._aws.CloudWatchMetrics[0]).toMatchObject({ Namespace: 'optml', Dimensions: [[]] });
});
