/** Answers requests for chat completions with the author's `chatCompletions`; all others go where they went. */

import { z } from 'zod';
import { chatPath } from '../chat-completions/chat-path.ts';
import { createFacts, writeChunks, writeCompletion } from '../chat-completions/chat-reply.ts';
import { chatRequestSchema, readChatRequest } from '../chat-completions/chat-request.ts';
import { ServeError } from '../errors/errors.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import { type InvocationRequest, isStreamed, type WholeReply } from '../invocation/invocation.ts';
import { answersInvocations, type PredictContext } from './define-predictor.ts';
import { type HookedDefinition, type HookedInstances, hooked, WrittenReply } from './hooks.ts';
import { createInvoker, type InvokerOptions } from './invoker.ts';
import type { LoadedPredictor } from './load-predictor.ts';
import type { Invoke } from './prediction.ts';
import { isStream, openSource, type Stream } from './stream-source.ts';

export { chatRequestSchema };

/** Adds chat completions to what a predictor answers; of one that has nothing else, every request is for them. */
export function addChatCompletions(
  predictor: LoadedPredictor,
  invoke: Invoke,
  { predictInBatch: _, ...options }: InvokerOptions,
): Invoke {
  const isAlone = !answersInvocations(predictor.definition);
  const definition = defineByChat(predictor.definition);
  const answer = createInvoker({ ...predictor, definition, isGenerator: false, hasStreamed: false }, options);
  return (request, ticket) => {
    if (!isAlone && request.isChat !== true) return pointToChat(invoke(request, ticket), request);
    // What the request itself asks for counts, whatever its Accept header says.
    return answer({ ...request, accept: 'text/event-stream' }, ticket);
  };
}

/** What is refused as instances and looks like a request for a chat completion came to the wrong place. */
function pointToChat(given: ReturnType<Invoke>, request: InvocationRequest): ReturnType<Invoke> {
  if (given instanceof Promise) {
    return given.then((reply) => (reply === undefined || isStreamed(reply) ? reply : point(reply, request)));
  }
  return given && point(given, request);
}

const messagesPattern = /^\s*\{.*"messages"\s*:\s*\[/s;
/** Messages come early, behind the name of a model and some settings. */
const lookedAt = 16 * 1024;

function point(reply: WholeReply, { body }: InvocationRequest): WholeReply {
  if (reply.errorCode !== 'INPUT_INVALID' || typeof reply.body !== 'string') return reply;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return reply;
  const start = typeof body === 'string' ? body.slice(0, lookedAt) : decodeStart(body);
  if (!messagesPattern.test(start)) return reply;
  const { message, ...facts } = (JSON.parse(reply.body) as { readonly error: ErrorFacts }).error;
  const advice = `this looks like a request for a chat completion: send it to ${chatPath}, or with route=${chatPath} in the custom attributes`;
  return createErrorReply(
    new ServeError('INPUT_INVALID', `${advice}; as instances: ${message}`, facts),
    reply.headers,
  );
}

interface ErrorFacts {
  readonly message: string;
  readonly record?: number;
}

function decodeStart(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, lookedAt)).toString('latin1');
}

/** The definition reads and writes bodies itself, as that of hooks. */
function defineByChat(definition: LoadedPredictor['definition']): HookedDefinition {
  return {
    ...definition,
    input: z.unknown(),
    output: z.unknown(),
    predict: (instances, context) => complete(definition, (instances as HookedInstances).input, context),
    predictBatch: undefined,
    batching: undefined,
    [hooked]: { ownsInput: true, ownsOutput: true, isGenerator: false },
  };
}

async function complete(
  definition: LoadedPredictor['definition'],
  body: unknown,
  context: PredictContext<unknown>,
): Promise<unknown> {
  const { contentType, requestId } = context.request;
  const request = readChatRequest(body as string | Uint8Array, contentType);
  const given = await definition.chatCompletions?.(request, context);
  const pieces = toPieces(given);
  const facts = createFacts(request, requestId);
  if (request.stream === true) {
    return writeChunks(pieces, facts, request.stream_options?.include_usage === true);
  }
  return new WrittenReply(JSON.stringify(await writeCompletion(pieces, facts)), 'application/json');
}

async function* toPieces(given: unknown): AsyncGenerator<unknown> {
  if (isStream(given)) yield* { [Symbol.asyncIterator]: () => openSource(given as Stream) };
  else yield given;
}
