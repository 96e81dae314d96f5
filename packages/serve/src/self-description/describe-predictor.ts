/** Says what a predictor takes and gives, as data that crosses threads: its schemas live where the user code runs. */

import { stringifyJson } from '@optml/codecs/text';
import type { Log } from '@optml/contract/log';
import * as core from 'zod/v4/core';
import type { ContentType } from '../bodies/known-types.ts';
import { createMediaTypes } from '../bodies/media-types.ts';
import { describeThrown } from '../errors/describe-thrown.ts';
import { bidirectionalPath } from '../invocation/conversation.ts';
import { answersInvocations } from '../predictor/define-predictor.ts';
import type { LoadedPredictor } from '../predictor/load-predictor.ts';
import { isSmall } from '../validation/is-small.ts';

/** JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface PredictorDescription {
  /** Of the instances, as a client sends them; of anything where the author's schema cannot be written so. */
  readonly input: JsonSchema;
  /** Of what `predict` returns. */
  readonly output: JsonSchema;
  /** The predictor's sample as JSON text; `undefined` when it has none, or a large one. */
  readonly example: string | undefined;
  /** Of what is streamed, by media type; `undefined` where a reply is whole: `output` then describes each item. */
  readonly streamTypes: readonly string[] | undefined;
  /** The media types of requests and replies, those of the author's own codecs included. */
  readonly contentTypes: readonly ContentType[];
  /** True where there are files in the instances, which only a form can hold. */
  readonly takesFiles: boolean;
  /** What it answers chat completions by; `undefined` where it does not. */
  readonly chat: ChatDescription | undefined;
  /** True when it answers several requests in one call. */
  readonly isBatching: boolean;
  /** True when its requests may have sessions. */
  readonly hasSessions: boolean;
  /** True when the platform may load adapters. */
  readonly hasAdapters: boolean;
  /** Where it takes WebSocket connections, and whether it does nothing else; `undefined` where it takes none. */
  readonly connections: { readonly paths: readonly string[]; readonly isAlone: boolean } | undefined;
}

export interface ChatDescription {
  /** Of a request for them. */
  readonly request: JsonSchema;
  /** True where every invocation is one. */
  readonly isAlone: boolean;
}

/** A larger one would not be looked at. */
const maximumExampleCharacters = 10_000;

interface DescribeOptions {
  /** Of a predictor that answers chat completions: what a request for them is. */
  readonly chatSchema?: core.$ZodType | undefined;
  readonly log: Log;
}

/** Describes a predictor; never throws, for no model is worse for having no description. */
export function describePredictor(
  { definition, model, hasStreamed }: LoadedPredictor,
  { chatSchema, log }: DescribeOptions,
): PredictorDescription {
  const chat = chatSchema && {
    request: toJsonSchema(chatSchema, 'input', log),
    isAlone: !answersInvocations(definition),
  };
  const { contentTypes, streamTypes } = createMediaTypes(definition.codecs);
  const input = chat?.isAlone === true ? chat.request : toJsonSchema(definition.input, 'input', log);
  return {
    input,
    output: toJsonSchema(definition.output, 'output', log),
    example: writeExample(() => definition.sample?.(model)),
    contentTypes,
    streamTypes: hasStreamed ? streamTypes : undefined,
    chat,
    takesFiles: JSON.stringify(input).includes('"contentEncoding":"binary"'),
    isBatching: definition.predictBatch !== undefined,
    hasSessions: definition.sessions !== undefined,
    hasAdapters: definition.adapters !== undefined,
    connections: definition.predictBidirectional && {
      paths: [bidirectionalPath, ...(definition.bidirectionalPaths ?? [])],
      isAlone: chat === undefined && !answersInvocations(definition),
    },
  };
}

function toJsonSchema(schema: core.$ZodType, io: 'input' | 'output', log: Log): JsonSchema {
  try {
    const { $schema: _, ...rest } = core.toJSONSchema(schema, { io, unrepresentable: 'any' });
    // Without the functions that come with it, which cannot be sent to another thread.
    return JSON.parse(JSON.stringify(rest));
  } catch (error) {
    log.debug('a schema cannot be described', { io, reason: describeThrown(error) });
    return {};
  }
}

function writeExample(take: () => unknown): string | undefined {
  try {
    const sample = take();
    const text = sample instanceof Uint8Array || !isSmall(sample) ? undefined : stringifyJson(sample);
    return text === undefined || text.length > maximumExampleCharacters ? undefined : text;
  } catch {
    return undefined;
  }
}
