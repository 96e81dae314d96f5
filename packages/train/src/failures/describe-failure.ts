/** What a failed run tells its supervisor: a reason without a stack, and the author's own frames. */

import { inspect } from 'node:util';
import { describeSchemaError } from '@optml/contract/describe-issue';
import { findPlace, mapFrame } from '@optml/contract/map-frame';
import { TrainError, type TrainErrorCode } from '../errors.ts';
import type { FailureReport } from '../job/messages.ts';

const framesShown = 5;

/** Describes anything that was thrown. Errors with a code of optml's speak for themselves; others are the author's. */
export function describeFailure(error: unknown): FailureReport {
  try {
    return describe(error);
  } catch {
    // An error whose own properties throw.
    return { code: 'TRAINING_FAILED', message: `threw ${inspect(error, { depth: 0 })}`, frames: [] };
  }
}

function describe(error: unknown): FailureReport {
  if (isCoded(error)) {
    const isImport = error.code === 'TRAINING_IMPORT_FAILED' && error.cause instanceof Error;
    const frames = isImport ? listAuthorFrames((error.cause as Error).stack ?? '') : [];
    return { code: error.code, message: error.message, frames };
  }
  const code: TrainErrorCode = 'TRAINING_FAILED';
  if (!(error instanceof Error))
    return { code, message: `threw ${inspect(error, { depth: 1 })}`, frames: [] };
  return { code, message: describeMessage(error), frames: listAuthorFrames(error.stack ?? '') };
}

function isCoded(error: unknown): error is TrainError {
  return error instanceof TrainError || (error instanceof Error && error.name === 'ContractError');
}

/** The error, and what it says caused it: `fetch failed` alone helps nobody. */
function describeMessage(error: Error): string {
  const rejected = /^This error originated either by .*reason "(.*)"\.$/s.exec(error.message)?.[1];
  if (rejected !== undefined) return `a promise was rejected with ${rejected} and not handled`;
  const said = describeSchemaError(error) ?? error.message;
  const message = error.name === 'Error' ? said : `${error.name}: ${said}`;
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner instanceof Error && inner !== error ? `${message}: ${describeMessage(inner)}` : message;
}

/** optml's own files, from its packages and, through source maps, from bundles. */
const ownFile = /node_modules\/@optml\/|\/packages\/(train|contract|codecs)\/(src|dist)\//;

/**
 * Keeps the places in the author's files: those above the runner that are neither Node's nor an installed package's.
 * What cannot be parsed or linked stands in the first line, before the error itself.
 */
function listAuthorFrames(stack: string): readonly string[] {
  const frames = stack
    .split('\n')
    .flatMap(
      (line, index) => /^\s+at (.*)$/.exec(line)?.[1] ?? (index === 0 ? findPlace(line) : undefined) ?? [],
    );
  const runner = frames.findIndex((frame) => /^(async )?(runDefinition|loadDefinition)\b/.test(frame));
  return frames
    .slice(0, runner === -1 ? frames.length : runner)
    .filter((frame) => !/node:|<anonymous>|^native/.test(frame))
    .map((frame) => (/\((.*)\)$/.exec(frame)?.[1] ?? frame).replace(/^async /, ''))
    .map(mapFrame)
    .filter((place) => !ownFile.test(place) && !place.includes('/node_modules/'))
    .slice(0, framesShown);
}
