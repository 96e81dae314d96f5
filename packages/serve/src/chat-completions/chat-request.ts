/** Reads requests for chat completions. Source: OpenAI's API reference, "Create chat completion". */

import { parseJson } from '@optml/codecs/text';
import { describeIssue } from '@optml/contract/describe-issue';
import { z } from 'zod';
import { describeThrown } from '../errors/describe-thrown.ts';
import { ServeError } from '../errors/errors.ts';
import { describeProblems } from '../validation/describe-problems.ts';

const typed = z.looseObject({ type: z.string() });
const penalty = z.number().min(-2).max(2).nullish();
const tokens = z.int().positive().nullish();

const messageSchema = z
  .looseObject({
    role: z.enum(['developer', 'system', 'user', 'assistant', 'tool', 'function']),
    content: z.union([z.string(), z.array(typed)]).nullish(),
    name: z.string().optional(),
    tool_call_id: z.string().optional(),
    tool_calls: z.array(typed).nullish(),
  })
  .refine(hasContent, { path: ['content'], message: 'expected text or a list of parts' });

/** An assistant may only have called tools, and a function may have returned nothing. */
function hasContent({ role, content }: { readonly role: string; readonly content?: unknown }): boolean {
  return role === 'assistant' || role === 'function' || (content !== undefined && content !== null);
}

/** Other members pass as they are. */
export const chatRequestSchema = z.looseObject({
  messages: z.array(messageSchema).min(1),
  model: z.string().optional(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  max_completion_tokens: tokens,
  max_tokens: tokens,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  presence_penalty: penalty,
  frequency_penalty: penalty,
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  seed: z.int().nullish(),
  // A reply has one choice.
  n: z.literal(1).nullish(),
  tools: z.array(typed).nullish(),
  tool_choice: z.union([z.string(), typed]).nullish(),
  response_format: typed.nullish(),
  user: z.string().nullish(),
});

/** What a client asks for, in the words of OpenAI's API; members that are not listed here are there as they were sent. */
export type ChatCompletionsRequest = z.infer<typeof chatRequestSchema>;

/**
 * Reads a body, which is JSON.
 *
 * @throws ServeError `CONTENT_TYPE_UNSUPPORTED`, `INPUT_INVALID` with the member at fault
 */
export function readChatRequest(body: string | Uint8Array, contentType: string): ChatCompletionsRequest {
  if (typeof body !== 'string' || !/[/+]json$/.test(contentType)) {
    const message = `the Content-Type ${JSON.stringify(contentType.slice(0, 100))} is not supported for chat completions: send application/json`;
    throw new ServeError('CONTENT_TYPE_UNSUPPORTED', message);
  }
  const value = readJson(body);
  const result = chatRequestSchema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const [first] = issues;
  const param = first === undefined ? '' : describeIssue(first, value).path;
  throw new ServeError('INPUT_INVALID', describeProblems(issues, { name: 'request', value }), {
    param: param === '' ? undefined : param,
  });
}

function readJson(body: string): unknown {
  try {
    return parseJson(body);
  } catch (cause) {
    throw new ServeError('INPUT_INVALID', `reading the request failed: ${describeThrown(cause)}`, { cause });
  }
}
