import { Readable } from 'node:stream';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { definePredictor, isPredictorDefinition } from './define-predictor.ts';

test('the types of a definition follow from its schemas and its load', () => {
  const definition = definePredictor({
    input: z.array(z.array(z.number())),
    output: z.array(z.string()),
    async load({ modelDirectory }) {
      return { labels: [modelDirectory] };
    },
    predict(instances, { model, signal }) {
      expectTypeOf(instances).toEqualTypeOf<number[][]>();
      expectTypeOf(model).toEqualTypeOf<{ labels: string[] }>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return model.labels;
    },
    unload(model) {
      expectTypeOf(model).toEqualTypeOf<{ labels: string[] }>();
    },
  });

  expect(isPredictorDefinition(definition)).toBe(true);
});

test('the state of a session has the type of what open returns', () => {
  const definition = definePredictor({
    input: z.string(),
    output: z.number(),
    load: async () => ({ size: 1 }),
    sessions: {
      async open({ model }) {
        expectTypeOf(model).toEqualTypeOf<{ size: number }>();
        return { texts: [String(model.size)] };
      },
      close({ state }, { model }) {
        expectTypeOf(state).toEqualTypeOf<{ texts: string[] }>();
        expectTypeOf(model).toEqualTypeOf<{ size: number }>();
      },
    },
    predict(_, { session }) {
      expectTypeOf(session?.state).toEqualTypeOf<{ texts: string[] } | undefined>();
      return session?.state.texts.length ?? 0;
    },
  });

  expect(isPredictorDefinition(definition)).toBe(true);
});

test('an adapter has the type of what its load returns', () => {
  const definition = definePredictor({
    input: z.string(),
    output: z.number(),
    load: async () => ({ size: 1 }),
    adapters: {
      async load({ model, source }) {
        expectTypeOf(model).toEqualTypeOf<{ size: number }>();
        return { path: source };
      },
      unload({ value }) {
        expectTypeOf(value).toEqualTypeOf<{ path: string }>();
      },
    },
    predict(_, { adapter }) {
      expectTypeOf(adapter?.value).toEqualTypeOf<{ path: string } | undefined>();
      return adapter?.value.path.length ?? 0;
    },
  });

  expect(isPredictorDefinition(definition)).toBe(true);
});

test('a stream has items of the type of the schema', () => {
  const shared = {
    input: z.array(z.string()),
    output: z.object({ text: z.string() }),
    load: () => ({ size: 1 }),
  };
  const definitions = [
    definePredictor({
      ...shared,
      async *predict(instances, { model }) {
        expectTypeOf(instances).toEqualTypeOf<string[]>();
        expectTypeOf(model).toEqualTypeOf<{ size: number }>();
        for (const text of instances) yield { text };
      },
    }),
    definePredictor({
      ...shared,
      *predict(instances) {
        for (const text of instances) yield { text };
      },
    }),
    definePredictor({
      ...shared,
      predict: (instances) => Readable.from(instances).map((text: string) => ({ text })),
    }),
    definePredictor({
      ...shared,
      predict: async () => new ReadableStream<{ text: string }>(),
    }),
    definePredictor({
      ...shared,
      // @ts-expect-error a number is not an object with a text
      async *predict() {
        yield 1;
      },
    }),
  ];

  expect(definitions.every(isPredictorDefinition)).toBe(true);
});

test('chat completions stand beside predictions, or alone, and give text or parts of a message', () => {
  const load = () => ({ name: 'a' });
  const definitions = [
    definePredictor({
      input: z.string(),
      output: z.string(),
      load,
      predict: (text) => text,
      async *chatCompletions(request, { model }) {
        expectTypeOf(model).toEqualTypeOf<{ name: string }>();
        expectTypeOf(request.temperature).toEqualTypeOf<number | null | undefined>();
        yield model.name;
        yield { finish_reason: 'stop', usage: { prompt_tokens: 1, completion_tokens: 1 } };
      },
    }),
    definePredictor({ load, chatCompletions: async (_request, { model }) => model.name }),
    definePredictor({
      load,
      // @ts-expect-error a number is not a part of a message
      chatCompletions: () => 1,
    }),
  ];

  expect(definitions.every(isPredictorDefinition)).toBe(true);
});

test.each([
  [{ chatCompletions: 5 }, 'chatCompletions is not a function'],
  [{ chatCompletions: () => '', input: z.string() }, 'input describes invocations, and there is no predict'],
])('chat completions of a wrong form are refused: %j', (members, message) => {
  const definition = { load: () => undefined, ...members } as never;

  expect(() => definePredictor(definition)).toThrow(
    expect.objectContaining({ code: 'PREDICTOR_INVALID', message: expect.stringContaining(message) }),
  );
});

test('a prediction of another type than the schema is a type error', () => {
  definePredictor({
    input: z.unknown(),
    output: z.array(z.string()),
    load: () => undefined,
    // @ts-expect-error numbers are not strings
    predict: () => [1],
  });
});

test.each([
  ['input', { type: 'object' }, 'input is not a zod schema: use z.unknown() to accept anything'],
  ['output', undefined, 'output is not a zod schema'],
  ['load', 5, 'load is not a function'],
  ['sample', [[1, 2]], 'sample is not a function: write sample: () => [...]'],
  ['health', true, 'health is not a function'],
  ['unload', 'later', 'unload is not a function'],
  ['predict', 5, 'predict is not a function, and there is no predictBatch'],
  [
    'predict',
    undefined,
    'it predicts nothing: write one of predict, predictBatch, predictBidirectional, chatCompletions',
  ],
  [
    'predictBatch',
    async function* () {},
    'predictBatch is a generator, and a batch cannot be streamed: use predict',
  ],
  ['adapters', { load: 1 }, 'adapters.load is not a function'],
  ['adapters', { load() {}, unload: 1 }, 'adapters.unload is not a function'],
  ['sessions', { open: 1 }, 'sessions.open is not a function'],
  ['sessions', { opn() {} }, 'sessions.open is not a function; unknown to the toolkit: sessions.opn'],
  ['adapters', { lod() {} }, 'adapters.load is not a function; unknown to the toolkit: adapters.lod'],
  ['bytes', 'streamed', 'bytes is "streamed": expected "whole" or "stream"'],
  ['sessions', { open() {}, close: true }, 'sessions.close is not a function'],
  [
    'sessions',
    { open() {}, expirySeconds: 0 },
    'sessions.expirySeconds is 0: expected a whole number from 1 to 604800',
  ],
  ['sessions', { open() {}, maximumCount: 1.5 }, 'sessions.maximumCount is 1.5: expected a whole number'],
  ['chatCompletion', () => '', 'cannot be used: chatCompletion is unknown: did you mean chatCompletions?'],
  ['session', { open() {} }, 'session is unknown: did you mean sessions?'],
  [
    'sessions',
    { open() {}, expirySecond: 5 },
    'sessions.expirySecond is unknown: did you mean expirySeconds?',
  ],
  ['adapters', { load() {}, unLoad() {} }, 'adapters.unLoad is unknown: did you mean unload?'],
  ['arays', 'packed', 'arays is unknown: did you mean arrays?'],
])('a definition whose %s is %j is refused with what is wrong', (name, value, message) => {
  const whole = { input: z.unknown(), output: z.unknown(), load: () => undefined, predict: () => undefined };
  const definition = { ...whole, [name]: value } as typeof whole;

  expect(() => definePredictor(definition)).toThrow(
    expect.objectContaining({ code: 'PREDICTOR_INVALID', message: expect.stringContaining(message) }),
  );
});

test.each([
  [{ predictBidirectionl() {} }, 'chatCompletions; unknown to the toolkit: predictBidirectionl'],
  [
    { predict() {}, inptu: z.unknown(), output: z.unknown() },
    'accept anything; unknown to the toolkit: inptu',
  ],
  [{}, 'one of predict, predictBatch, predictBidirectional, chatCompletions'],
])('what is misspelt in a definition is named: %j', (members, message) => {
  const definition = { load: () => undefined, ...members } as never;

  expect(() => definePredictor(definition)).toThrow(
    expect.objectContaining({ code: 'PREDICTOR_INVALID', message: expect.stringMatching(`${message}$`) }),
  );
});

test("an author's own members may have any other name", () => {
  const whole = { input: z.unknown(), output: z.unknown(), load: () => undefined, predict: () => undefined };
  const own = { name: 'iris', version: 3, cache: new Map(), train() {} };

  expect(isPredictorDefinition(definePredictor({ ...whole, ...own } as typeof whole))).toBe(true);
});

test('a predictor of batches cannot have sessions', () => {
  const batch = { input: z.unknown(), output: z.unknown(), load: () => undefined, predictBatch: () => [] };

  expect(() => definePredictor({ ...batch, sessions: { open() {} } } as unknown as typeof batch)).toThrow(
    'sessions need predict: predictBatch mixes requests of several sessions',
  );
});

test.each([
  [{ predictBidirectional: 5 }, 'predictBidirectional is not a function'],
  [{ predictBidirectional() {}, bidirectionalPaths: ['v1'] }, 'bidirectionalPaths is ["v1"]: list paths'],
  [{ predict() {}, bidirectionalPaths: ['/v1'] }, 'bidirectionalPaths has no predictBidirectional'],
  [{ predictBidirectional() {}, input: z.unknown() }, 'input describes invocations, and there is no predict'],
])('a definition of connections with %j is refused', (members, message) => {
  const schemas = 'predict' in members ? { input: z.unknown(), output: z.unknown() } : {};
  const definition = { load: () => undefined, ...schemas, ...members } as never;

  expect(() => definePredictor(definition)).toThrow(
    expect.objectContaining({ code: 'PREDICTOR_INVALID', message: expect.stringContaining(message) }),
  );
});

test('the types of a definition of connections follow from its load', () => {
  definePredictor({
    load: () => ({ size: 1 }),
    async *predictBidirectional(messages, { model }) {
      expectTypeOf(model).toEqualTypeOf<{ size: number }>();
      for await (const message of messages) expectTypeOf(message).toEqualTypeOf<string | Uint8Array>();
      yield model.size;
    },
  });
});
