/**
 * Says why a process ended that did not say so itself.
 *
 * The order is that of certainty: what the supervisor did, what the kernel counted, what the file system shows,
 * how the process ended, and only then what it printed, for a program may print an error and recover.
 */

import { nameSource } from '@optml/contract/map-frame';
import { explainMemory } from './explain-memory.ts';
import { explainMpirun } from './explain-mpirun.ts';
import { explainOutput } from './explain-output.ts';
import { explainProgram } from './explain-program.ts';
import { explainSignal } from './explain-signal.ts';
import { type EndingFacts, type Explanation, explain, type ProcessEnding } from './explanation.ts';

/**
 * Explains an ending that was not a success. Never rejects; reads the program's first bytes and the free space
 * of disks where they matter.
 */
export async function explainEnding(ending: ProcessEnding, facts: EndingFacts = {}): Promise<Explanation> {
  return (
    explainTimeout(ending, facts) ??
    explainMemory(ending, facts) ??
    explainMpirun(ending, facts) ??
    (await explainProgram(ending, facts)) ??
    explainSignal(ending, facts) ??
    explainStall(ending, facts) ??
    (await explainOutput(ending, facts)) ??
    explainRest(ending, facts)
  );
}

function explainTimeout(ending: ProcessEnding, { stopTimeoutMs }: EndingFacts): Explanation | undefined {
  if (!ending.timedOut) return undefined;
  const within = stopTimeoutMs === undefined ? 'in time' : `within ${stopTimeoutMs / 1000} s of SIGTERM`;
  return explain(
    'TRAINING_STOP_TIMEOUT',
    `training did not stop ${within} and was killed${quoteLeftovers(ending)}`,
    'return from run soon after its signal aborts; a program must handle SIGTERM',
  );
}

function quoteLeftovers({ leftovers = [] }: ProcessEnding): string {
  const commands = new Set(leftovers.map(({ command }) => command));
  return commands.size === 0 ? '' : `; still running: ${[...commands].join(', ')}`;
}

/** Node ends with 13 when nothing is left that could settle the promise it waits for; other programs may mean anything. */
function explainStall(
  { exitCode, lastErrorLines }: ProcessEnding,
  { program }: EndingFacts,
): Explanation | undefined {
  const isNode = program === undefined || program.kind === 'definition' || program.kind === 'node';
  if (exitCode !== 13 || !isNode) return undefined;
  const place = lastErrorLines
    .map((line) => /unsettled top-level await at (?:file:\/\/)?(\S+)/.exec(line)?.[1])
    .findLast((found) => found !== undefined);
  return explain(
    'TRAINING_STALLED',
    'training waits for a promise that can no longer settle (exit code 13)',
    'look for a callback or event that never comes: a stream that is not read, a worker or socket that has ended',
    place === undefined || program?.kind === 'definition' ? [] : [place],
  );
}

function explainRest({ exitCode, startError }: ProcessEnding, facts: EndingFacts): Explanation {
  const { path = 'the training process', kind } = facts.program ?? {};
  const subject = kind === 'definition' ? nameSource(path) : path;
  if (startError !== undefined) {
    return explain('TRAINING_CRASHED', `${subject} cannot be started: ${startError.message}`);
  }
  const stopping = facts.stopRequested ? ' after it was asked to stop' : '';
  return explain('TRAINING_CRASHED', `${subject} ended with exit code ${exitCode}${stopping}`);
}
