import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { createMediaTypes } from '../bodies/media-types.ts';
import { ServeError } from '../errors/errors.ts';
import { Cancellation } from '../invocation/cancellation.ts';
import type { StreamedReply } from '../invocation/invocation.ts';
import { definePredictor } from './define-predictor.ts';
import { createInvoker } from './invoker.ts';

test('a generator that does not end when it is told to is named in the log', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const definition = definePredictor({
    input: z.unknown(),
    output: z.number(),
    load: () => undefined,
    async *predict() {
      try {
        yield 1;
        yield 2;
      } finally {
        await new Promise(() => undefined);
      }
    },
  });
  const warnings: object[] = [];
  const warn = (message: string, fields: object = {}) => void warnings.push({ message, ...fields });
  const log = { debug: warn, info: warn, warn, error: warn };
  const predictor = { definition, model: undefined, isGenerator: true, hasStreamed: true };
  const invoke = createInvoker(predictor as never, {
    mediaTypes: createMediaTypes(),
    isTimed: false,
    runInTrace: undefined,
    log,
  });
  const cancellation = new Cancellation();
  const ticket = { cancellation, remainingMs: 1, begin: () => true, park: () => undefined };
  const request = {
    requestId: 'id-1',
    body: '[1]',
    contentType: 'application/json',
    accept: undefined,
    customAttributes: undefined,
    headers: {},
  };

  const reply = (await invoke(request, ticket)) as StreamedReply;
  expect(await reply.body.next()).toEqual({ done: false, value: '{"predictions":[1' });
  cancellation.cancel(new ServeError('CLIENT_LEFT', 'the client left'));
  await vi.advanceTimersByTimeAsync(5_000);

  expect(warnings).toEqual([
    {
      message: expect.stringContaining(
        'does not end: let predict observe `signal`, and its finally blocks end',
      ),
      requestId: 'id-1',
      afterMs: 5_000,
    },
  ]);
});
