/** Options from JavaScript, which no compiler has checked. */

import { createApp, type ServerOptions } from '@optml/serve';
import { expect, test } from 'vitest';

const predictor = new URL('file:///predictor.js');

test.each([
  [{ observe: { accessLog: true } }, 'observe.accessLog is true: expected an object of write, format, pings'],
  [{ observe: { accessLog: {} } }, 'observe.accessLog.write is missing: expected a function'],
  [
    { observe: { embeddedMetrics: { write: 'x' } } },
    'observe.embeddedMetrics.write is "x": expected a function',
  ],
  [{ observe: { metrics: 'no' } }, 'observe.metrics is "no": expected true or false'],
  [{ isolation: 'thread' }, 'isolation is "thread": expected "worker", "process", "inline"'],
  [
    { hosting: 'batch' },
    'hosting is "batch": expected "real-time", "serverless", "asynchronous", "batch transform"',
  ],
  [{ limits: { bodyBytes: '25 MB' } }, 'limits.bodyBytes is "25 MB": expected a whole number of at least 1'],
  [
    { limits: { invocationMs: Number.POSITIVE_INFINITY } },
    'limits.invocationMs is Infinity: expected milliseconds from 1 to',
  ],
  [{ limits: { spill: '/tmp' } }, 'limits.spill is "/tmp": expected an object of directory, aboveBytes'],
  [
    { limits: { spill: { directory: '/tmp' } } },
    'limits.spill.aboveBytes is missing: expected a whole number of at least 0',
  ],
  [{ limit: {} }, 'limit is not known: expected one of modelDirectory, '],
  [{ workers: { counts: 2 } }, 'workers.counts is not known: expected one of count, '],
  [
    { sessions: { expirySeconds: 0 } },
    'sessions.expirySeconds is 0: expected a whole number from 1 to 604800',
  ],
  [{ adapters: { loadMs: 0 } }, 'adapters.loadMs is 0: expected milliseconds from 1 to'],
  [{ workers: 2 }, 'workers is 2: expected an object'],
  [{ workers: { count: 0 } }, 'workers.count is 0: expected a whole number from 1 to 1024'],
  [{ multiModel: true }, 'multiModel is true: expected an object'],
  [{ openInference: {} }, 'openInference.modelName is missing'],
  [
    { invocableRoutes: ['v1/embeddings'] },
    'invocableRoutes[0] is "v1/embeddings": expected a path that begins with a slash',
  ],
  [{ log: { info() {} } }, 'log.debug is missing: expected a function'],
  [{ drain: [1] }, 'drain is [1]: expected an object'],
])('an option that the server cannot use is refused before it listens: %j', (options, message) => {
  const create = () => createApp(predictor, options as ServerOptions);

  expect(create).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
  expect(create).toThrow(`the server option ${message}`);
});

test.each([
  [undefined, 'the predictor is undefined: expected a URL'],
  ['./predictor.js', 'the predictor is "./predictor.js": expected a URL'],
])('a predictor that is not a URL is refused (%j)', (value, message) => {
  expect(() => createApp(value as unknown as URL)).toThrow(message);
});

test('members that are undefined are left out, and null is not an object of options', () => {
  createApp(predictor, { observe: { accessLog: undefined }, limits: { spill: undefined } });

  expect(() => createApp(predictor, null as unknown as ServerOptions)).toThrow(
    'the second argument of createApp is null: expected an object of modelDirectory, ',
  );
});
