/** Writes chat completions, whole or chunk by chunk. Source: OpenAI's API reference, "The chat completion object". */

import { z } from 'zod';
import { ServeError } from '../errors/errors.ts';
import { describeProblems } from '../validation/describe-problems.ts';
import type { ChatCompletionsRequest } from './chat-request.ts';

const count = z.int().nonnegative();

const usageSchema = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count.optional(),
});

const toolCallSchema = z.looseObject({
  index: count.optional(),
  function: z.looseObject({ arguments: z.string().optional() }).optional(),
});

/** Other members belong to the message, too. */
const deltaSchema = z.looseObject({
  content: z.string().nullish(),
  tool_calls: z.array(toolCallSchema).optional(),
  finish_reason: z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call']).optional(),
  usage: usageSchema.optional(),
  logprobs: z.unknown().optional(),
});

/** A part of a message, or all of it, in the words of OpenAI's API, with what the author knows of its end. */
export type ChatDelta = z.infer<typeof deltaSchema>;

/** What `chatCompletions` yields, or returns for the whole: text, or more than that. */
export type ChatPiece = string | ChatDelta;

type ToolCall = z.infer<typeof toolCallSchema>;
type Usage = z.infer<typeof usageSchema>;
type Members = Readonly<Record<string, unknown>>;

/** What all chunks of a reply have. */
export interface ChatReplyFacts {
  readonly id: string;
  /** In seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

/** Clients that name no model get one all the same, as their types say that there is one. */
export function createFacts(
  { model = 'default' }: ChatCompletionsRequest,
  requestId: string,
): ChatReplyFacts {
  return { id: `chatcmpl-${requestId}`, created: Math.floor(Date.now() / 1_000), model };
}

/**
 * Makes a chunk of each piece as soon as it is there; the last item is the text that ends a stream.
 *
 * @throws ServeError `PREDICTION_INVALID`
 */
export async function* writeChunks(
  pieces: AsyncIterable<unknown>,
  facts: ChatReplyFacts,
  hasUsage: boolean,
): AsyncGenerator<object | string> {
  const chunk = (choices: readonly object[], usage?: Usage) => ({
    ...facts,
    object: 'chat.completion.chunk',
    choices,
    ...(hasUsage ? { usage: usage ?? null } : {}),
  });
  const end = new ReplyEnd();
  let role: Members = { role: 'assistant' };
  for await (const piece of pieces) {
    const { delta, logprobs } = end.take(piece);
    if (Object.keys(delta).length === 0) continue;
    yield chunk([{ index: 0, delta: { ...role, ...delta }, logprobs, finish_reason: null }]);
    role = {};
  }
  yield chunk([{ index: 0, delta: role, logprobs: null, finish_reason: end.finishReason }]);
  // What nobody has counted is not made up.
  if (hasUsage && end.usage !== undefined) yield chunk([], end.usage);
  yield '[DONE]';
}

/**
 * Puts all pieces together.
 *
 * @throws ServeError `PREDICTION_INVALID`
 */
export async function writeCompletion(
  pieces: AsyncIterable<unknown>,
  facts: ChatReplyFacts,
): Promise<object> {
  const end = new ReplyEnd();
  let message: Members = { role: 'assistant', content: null };
  let logprobs: unknown = null;
  for await (const piece of pieces) {
    const taken = end.take(piece);
    message = merge(message, taken.delta);
    logprobs = taken.logprobs ?? logprobs;
  }
  return {
    ...facts,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs, finish_reason: end.finishReason }],
    usage: end.usage,
  };
}

/** What the pieces say of the reply as a whole, the last word of several. */
class ReplyEnd {
  usage: Usage | undefined;
  #given: string | undefined;
  readonly #callIds: unknown[] = [];
  #count = 0;

  take(piece: unknown) {
    const { finish_reason: reason, usage, logprobs = null, ...delta } = readPiece(piece, this.#count);
    this.#count += 1;
    this.#given = reason ?? this.#given;
    const calls = delta.tool_calls?.map((call) => ({ ...call, index: this.#number(call) }));
    if (usage !== undefined) {
      const { prompt_tokens: prompt, completion_tokens: completion } = usage;
      this.usage = { ...usage, total_tokens: usage.total_tokens ?? prompt + completion };
    }
    return { delta: calls === undefined ? delta : { ...delta, tool_calls: calls }, logprobs };
  }

  /** One without an index is the call of its id, or a further one; without either it goes on with the last. */
  #number({ index, id }: ToolCall): number {
    const known = id === undefined ? this.#callIds.length - 1 : this.#callIds.indexOf(id);
    const place = index ?? (known === -1 ? this.#callIds.length : known);
    this.#callIds[place] ??= id;
    return place;
  }

  get finishReason(): string {
    return this.#given ?? (this.#callIds.length > 0 ? 'tool_calls' : 'stop');
  }
}

function readPiece(piece: unknown, index: number): ChatDelta {
  if (typeof piece === 'string') return piece === '' ? {} : { content: piece };
  const result = deltaSchema.safeParse(piece);
  if (result.success) return result.data;
  const cause = new Error(describeProblems(result.error.issues, { name: `pieces[${index}]`, value: piece }));
  const message = `piece ${index} (from zero) of chatCompletions is neither text nor a delta of a message: the log says where`;
  throw new ServeError('PREDICTION_INVALID', message, { cause });
}

/** Texts are continued, and so are the arguments of tools; of anything else, the last word counts. */
function merge(message: Members, { tool_calls: calls, ...delta }: ChatDelta): Members {
  const merged: Record<string, unknown> = { ...message };
  for (const [name, value] of Object.entries(delta)) {
    const before = merged[name];
    const isContinued = typeof value === 'string' && typeof before === 'string' && name !== 'role';
    merged[name] = isContinued ? before + value : (value ?? before);
  }
  if (calls === undefined) return merged;
  return { ...merged, tool_calls: mergeCalls((message.tool_calls ?? []) as readonly ToolCall[], calls) };
}

function mergeCalls(before: readonly ToolCall[], added: readonly ToolCall[]): readonly ToolCall[] {
  const calls = [...before];
  for (const { index = 0, ...call } of added) {
    const known = calls[index];
    const parameters = (known?.function?.arguments ?? '') + (call.function?.arguments ?? '');
    const named = { ...known?.function, ...call.function, arguments: parameters };
    calls[index] = { ...known, ...call, function: named };
  }
  return Object.values(calls);
}
