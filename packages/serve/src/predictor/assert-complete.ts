/** Refuses definitions that are not complete: types say it too, but not to JavaScript, nor to TypeScript that nobody has checked. */

import { findMisspelling } from '@optml/contract/definition';
import type * as core from 'zod/v4/core';
import { ServeError } from '../errors/errors.ts';
import { type AdapterOptions, findAdaptersFault } from './adapter-options.ts';
import type { BatchingOptions } from './batching-options.ts';
import { findSessionsFault, type SessionOptions } from './session-options.ts';
import { isGenerator } from './stream-source.ts';

type Members = Readonly<Record<string, unknown>>;

/**
 * Names members that are not `known` where something is missing.
 *
 * @throws ServeError `PREDICTOR_INVALID`
 */
export function assertComplete(definition: object, known: object): void {
  const members = definition as Members;
  const problem =
    findModeProblem(members) ??
    (typeof members.load === 'function' ? undefined : 'load is not a function') ??
    findCallProblem(members) ??
    findChatProblem(members) ??
    findBidirectionalProblem(members) ??
    (hasInvocations(members) ? findInvocationProblem(members) : findIdleProblem(members)) ??
    findSessionsProblem(members) ??
    findAdaptersFault(members.adapters);
  if (problem !== undefined)
    throw new ServeError(
      'PREDICTOR_INVALID',
      `the predictor definition is incomplete: ${problem}${nameUnknown(members, known)}`,
    );
  assertSpelt(members, known);
}

/** What is missing may be there under another name; an optional member would be missing in silence. */
function assertSpelt(members: Members, known: object): void {
  const problem = findMisspelling(members, Object.keys(known)) ?? findMisspeltPart(members);
  if (problem !== undefined) {
    throw new ServeError('PREDICTOR_INVALID', `the predictor definition cannot be used: ${problem}`);
  }
}

function findMisspeltPart(members: Members): string | undefined {
  for (const [name, known] of Object.entries(knownParts)) {
    const part = members[name];
    const isPart = typeof part === 'object' && part !== null;
    const problem = isPart ? findMisspelling(part, Object.keys(known)) : undefined;
    if (problem !== undefined) return `${name}.${problem}`;
  }
  return undefined;
}

const modes = ['predict', 'predictBatch', 'predictBidirectional', 'chatCompletions'];

function findModeProblem(members: Members): string | undefined {
  return modes.some((mode) => members[mode] !== undefined)
    ? undefined
    : `it predicts nothing: write one of ${modes.join(', ')}`;
}

const knownParts: {
  readonly sessions: Readonly<Record<keyof SessionOptions, true>>;
  readonly adapters: Readonly<Record<keyof AdapterOptions, true>>;
  readonly batching: Readonly<Record<keyof BatchingOptions, true>>;
} = {
  sessions: { open: true, close: true, expirySeconds: true, maximumCount: true },
  adapters: { load: true, unload: true },
  batching: { maximumSize: true, maximumDelayMs: true },
};

/** What is missing may be there under another name; an author's own members beside all that is needed do no harm. */
function nameUnknown(members: Members, known: object): string {
  const unknown = [
    ...listUnknown(members, known),
    ...Object.entries(knownParts).flatMap(([part, names]) =>
      listUnknown(members[part], names).map((name) => `${part}.${name}`),
    ),
  ];
  return unknown.length === 0 ? '' : `; unknown to the toolkit: ${unknown.slice(0, 10).join(', ')}`;
}

function listUnknown(value: unknown, names: object): readonly string[] {
  return typeof value === 'object' && value !== null
    ? Object.keys(value).filter((name) => !Object.hasOwn(names, name))
    : [];
}

function hasInvocations({ predict, predictBatch }: Members): boolean {
  return predict !== undefined || predictBatch !== undefined;
}

function findInvocationProblem({ predict, predictBatch, ...others }: Members): string | undefined {
  const loose = ['input', 'output'].find(
    (name) => (others[name] as core.$ZodType | null | undefined)?._zod === undefined,
  );
  if (loose !== undefined) return `${loose} is not a zod schema: use z.unknown() to accept anything`;
  if (typeof (predict ?? predictBatch) !== 'function')
    return 'predict is not a function, and there is no predictBatch';
  return isGenerator(predictBatch)
    ? 'predictBatch is a generator, and a batch cannot be streamed: use predict'
    : findBytesProblem(others);
}

/** What is there and would never be used. */
function findIdleProblem(members: Members): string | undefined {
  const idle = ['input', 'output', 'codecs', ...(members.chatCompletions ? [] : ['sample', 'sessions'])];
  const name = idle.find((member) => members[member] !== undefined);
  return name === undefined
    ? undefined
    : `${name} describes invocations, and there is no predict: leave it out, or write predict`;
}

function findSessionsProblem({ sessions, predictBatch }: Members): string | undefined {
  return sessions !== undefined && predictBatch !== undefined
    ? 'sessions need predict: predictBatch mixes requests of several sessions'
    : findSessionsFault(sessions);
}

/** Called much later, the last when the server ends. */
function findCallProblem(members: Members): string | undefined {
  const name = ['sample', 'health', 'unload'].find(
    (one) => members[one] !== undefined && typeof members[one] !== 'function',
  );
  if (name === undefined) return undefined;
  const advice = name === 'sample' ? ': write sample: () => [...]' : '';
  return `${name} is not a function${advice}`;
}

function findChatProblem({ chatCompletions }: Members): string | undefined {
  return chatCompletions === undefined || typeof chatCompletions === 'function'
    ? undefined
    : 'chatCompletions is not a function';
}

function findBidirectionalProblem(members: Members): string | undefined {
  const { predictBidirectional, bidirectionalPaths = [] } = members;
  if (predictBidirectional === undefined) {
    const hasPaths = members.bidirectionalPaths !== undefined;
    return hasPaths ? 'bidirectionalPaths has no predictBidirectional to go with' : undefined;
  }
  if (typeof predictBidirectional !== 'function') return 'predictBidirectional is not a function';
  const isPath = (path: unknown) => typeof path === 'string' && /^\/[^?#\s]+$/.test(path);
  return Array.isArray(bidirectionalPaths) && bidirectionalPaths.every(isPath)
    ? undefined
    : `bidirectionalPaths is ${JSON.stringify(bidirectionalPaths)}: list paths such as /v1/realtime`;
}

function findBytesProblem({ bytes }: Members): string | undefined {
  if (bytes === undefined || bytes === 'whole' || bytes === 'stream') return undefined;
  return `bytes is ${JSON.stringify(bytes)}: expected "whole" or "stream"`;
}
