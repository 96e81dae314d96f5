/**
 * A predictor in the functions of SageMaker's Python inference toolkit, which a module exports in place of a
 * definition. Source: aws/sagemaker-inference-toolkit, `default_inference_handler.py` and `transformer.py`.
 */

import { plainTextCodec } from '@optml/codecs';
import { markDefinition } from '@optml/contract/definition';
import { nameSource } from '@optml/contract/map-frame';
import { z } from 'zod';
import { ServeError } from '../errors/errors.ts';
import type { CompleteDefinition, PredictContext } from './define-predictor.ts';
import { isGenerator, type Stream } from './stream-source.ts';

/** What a body is to a hook: text of csv, JSON and all `text/` types, else bytes. */
export type HookBody = string | Uint8Array;

/** What a hook gives for a body, alone or with its content type; alone it has the type that it was given as `accept`. */
export type HookReply = HookBody | readonly [body: HookBody, contentType: string];

/** The functions that a module may export: `modelFn`, and `predictFn` or `transformFn`. Each may be asynchronous. */
export interface PredictorHooks<Model = unknown, Input = unknown, Prediction = unknown> {
  /** Loads the model; `load` of a definition. */
  modelFn(modelDirectory: string): Model | Promise<Model>;
  /** Reads a body; without it, the body is decoded as for a definition without a schema. */
  inputFn?(body: HookBody, contentType: string, context: HookContext<Model>): Input | Promise<Input>;
  /** Predicts; as a generator, or with an asynchronous iterable, it streams a prediction item by item. */
  predictFn?(
    input: Input,
    model: Model,
    context: HookContext<Model>,
  ): Prediction | Promise<Prediction> | Stream<Prediction> | Promise<AsyncIterable<Prediction>>;
  /**
   * Writes a prediction; without it, predictions are written as those of a definition. `accept` is one media type, in
   * lower case and without parameters: the one that the client accepts with the highest quality, the first of several,
   * else the server's default, else `application/json`. A range such as `text/*` names none.
   */
  outputFn?(
    prediction: Prediction,
    accept: string,
    context: HookContext<Model>,
  ): HookReply | Promise<HookReply>;
  /** Does all three at once, in place of them. */
  transformFn?(
    model: Model,
    body: HookBody,
    contentType: string,
    accept: string,
    context: HookContext<Model>,
  ): HookReply | Promise<HookReply>;
}

/** What `predict` of a definition gets beside the instances. */
export type HookContext<Model = unknown> = PredictContext<Model>;

/** Marks a definition that was made of hooks, and says what of an invocation is theirs. */
export const hooked = Symbol('hooked');

/** What of an invocation the hooks do themselves. */
export interface HookedParts {
  readonly ownsInput: boolean;
  readonly ownsOutput: boolean;
  /** True where `predictFn` is a generator. */
  readonly isGenerator: boolean;
}

/** A definition made of hooks; its instances are `HookedInstances`. */
export type HookedDefinition = CompleteDefinition & { readonly [hooked]?: HookedParts };

/** What the definition of hooks gets for instances. */
export interface HookedInstances {
  /** The body, or what was decoded of it. */
  readonly input: unknown;
  readonly accept: string;
}

/** What the definition of hooks predicts when they write replies themselves. */
export class WrittenReply {
  readonly body: HookBody;
  readonly contentType: string;

  constructor(body: HookBody, contentType: string) {
    this.body = body;
    this.contentType = contentType;
  }
}

const names = ['modelFn', 'inputFn', 'predictFn', 'outputFn', 'transformFn'] as const;

/**
 * Finds the hooks among the exports of a module; `undefined` when there are none.
 *
 * @throws ServeError `PREDICTOR_INVALID` for hooks that do not belong together.
 */
export function findHooks(module: unknown, url: string): PredictorHooks | undefined {
  const hooks = module as Partial<Record<(typeof names)[number], unknown>> | null | undefined;
  const exported = names.filter((name) => hooks?.[name] !== undefined);
  if (exported.length === 0) {
    const python = names.find((name) => isObject(module) && toPythonName(name) in module);
    if (python === undefined) return undefined;
    throw createError(url, `exports ${toPythonName(python)}, the name in Python: call it ${python} here`);
  }
  const wrong = exported.find((name) => typeof hooks?.[name] !== 'function');
  if (wrong !== undefined) throw createError(url, `exports ${wrong}, which is not a function`);
  if (!exported.includes('modelFn')) throw createError(url, `exports ${exported.join(', ')} but no modelFn`);
  const predicts = exported.includes('predictFn');
  if (predicts === exported.includes('transformFn')) {
    const which = predicts ? 'both predictFn and' : 'neither predictFn nor';
    throw createError(url, `exports ${which} transformFn: export one of the two`);
  }
  const idle = exported.find((name) => name === 'inputFn' || name === 'outputFn');
  if (!predicts && idle !== undefined)
    throw createError(url, `exports both ${idle} and transformFn, which replaces it: export one of the two`);
  const generator = exported.find((name) => isGenerator(hooks?.[name]));
  if (generator !== undefined && (generator !== 'predictFn' || exported.includes('outputFn'))) {
    const message = `exports ${generator} as a generator: only a predictFn without outputFn can stream, and modelFn never`;
    throw createError(url, message);
  }
  return hooks as PredictorHooks;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function toPythonName(name: string): string {
  return name.replace('Fn', '_fn');
}

function createError(url: string, what: string): ServeError {
  return new ServeError('PREDICTOR_INVALID', `${nameSource(url)} ${what}`);
}

/** Makes the definition that calls the hooks. */
export function defineByHooks(hooks: PredictorHooks): HookedDefinition {
  const { transformFn } = hooks;
  const predict = transformFn === undefined ? callOneByOne(hooks) : callTransform(transformFn);
  return markDefinition('predictor', {
    input: z.unknown(),
    output: z.unknown(),
    // There is no schema that would have to take a text.
    codecs: [plainTextCodec],
    load: ({ modelDirectory }) => hooks.modelFn(modelDirectory),
    predict: (instances, context) => predict(instances as HookedInstances, context),
    [hooked]: {
      ownsInput: transformFn !== undefined || hooks.inputFn !== undefined,
      ownsOutput: transformFn !== undefined || hooks.outputFn !== undefined,
      isGenerator: isGenerator(hooks.predictFn),
    },
  });
}

type CallHooks = (instances: HookedInstances, context: HookContext) => Promise<unknown>;

function callOneByOne({ inputFn, predictFn, outputFn }: PredictorHooks): CallHooks {
  return async ({ input: body, accept }, context) => {
    const { model, request } = context;
    const input =
      inputFn === undefined ? body : await inputFn(body as HookBody, request.contentType, context);
    const prediction = await predictFn?.(input, model, context);
    return outputFn === undefined
      ? prediction
      : toReply(await outputFn(prediction, accept, context), accept, 'outputFn');
  };
}

function callTransform(transformFn: NonNullable<PredictorHooks['transformFn']>): CallHooks {
  return async ({ input, accept }, context) => {
    const { model, request } = context;
    const reply = await transformFn(model, input as HookBody, request.contentType, accept, context);
    return toReply(reply, accept, 'transformFn');
  };
}

function toReply(reply: HookReply, accept: string, hook: string): WrittenReply {
  const [body, contentType] = Array.isArray(reply) ? reply : [reply, accept];
  const isBody = typeof body === 'string' || body instanceof Uint8Array;
  if (isBody && typeof contentType === 'string') return new WrittenReply(body, contentType);
  const message = `${hook} of the predictor returned ${nameType(reply)}: return text or a Uint8Array, or [body, contentType]`;
  throw new ServeError('PREDICTION_INVALID', message);
}

/** Names the parts of a list, too, but not theirs: it may hold itself. */
function nameType(value: unknown): string {
  if (Array.isArray(value)) return `[${value.slice(0, 3).map(nameKind).join(', ')}]`;
  return nameKind(value);
}

function nameKind(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return value === null ? 'null' : typeof value;
}
