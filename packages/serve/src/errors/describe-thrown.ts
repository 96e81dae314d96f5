/**
 * Puts into words whatever the author's code has thrown, which need not be an error. No more is looked at than is told: an
 * error may carry the model's whole answer.
 */

import { describeSchemaError } from '@optml/contract/describe-issue';
import { mapFrame } from '@optml/contract/map-frame';
import { summarize } from '@optml/contract/summarize';

const messageCharacters = 10_000;
const memberCharacters = 2_000;
/** Errors in a chain of causes, and those that one of them holds. */
const maximumErrors = 8;

/** Gives the message of an error without its stack, or the value itself as text. Never throws. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return write(thrown, messageCharacters);
  return (
    describeSchemaError(thrown) ??
    (readText(thrown, 'message') || readText(thrown, 'name') || 'an error without a message')
  );
}

/** Gives everything there is, causes and stacks included; for the log only. Never throws. */
export function describeInFull(thrown: unknown): string {
  const texts: string[] = [];
  let next = thrown;
  do {
    texts.push(next instanceof Error ? describeError(next) : write(next, memberCharacters));
    next = read(next, 'cause');
  } while (next !== undefined && texts.length < maximumErrors);
  return texts.join('\ncaused by ');
}

/** The same of what lies beneath an error; `undefined` where nothing does. */
export function describeCause({ cause }: { readonly cause?: unknown }): string | undefined {
  return cause === undefined ? undefined : describeInFull(cause);
}

function describeError(error: Error): string {
  const stack = mapStack(readText(error, 'stack')) || describeThrown(error);
  const { cause: _cause, ...members } = spread(error);
  const written = write(members, memberCharacters);
  const inside = error instanceof AggregateError ? error.errors.slice(0, maximumErrors) : [];
  return [written === '{}' ? stack : `${stack} ${written}`, ...inside.map(describeThrown)].join('\n  ');
}

/** Names the places of a stack in the author's sources, where a bundle has maps of them. */
function mapStack(stack: string): string {
  return stack.replace(
    /^( +at (?:[^\n]*\()?)((?:file:\/\/)?\/[^()\n]+:\d+:\d+)(?=\)?$)/gm,
    (_, start: string, frame: string) => `${start}${mapFrame(frame)}`,
  );
}

/** An author's error may have a getter for anything. */
function spread(error: Error): { readonly cause?: unknown } {
  try {
    return { ...error };
  } catch {
    return {};
  }
}

function readText(error: Error, name: string): string {
  const value = read(error, name);
  return typeof value === 'string' ? value.slice(0, messageCharacters) : '';
}

function read(value: unknown, name: string): unknown {
  try {
    return value instanceof Error ? (value as unknown as Record<string, unknown>)[name] : undefined;
  } catch {
    return undefined;
  }
}

function write(value: unknown, maximumCharacters: number): string {
  const summary = summarize(value, { maximumCharacters });
  return typeof summary === 'string' ? summary : JSON.stringify(summary);
}
