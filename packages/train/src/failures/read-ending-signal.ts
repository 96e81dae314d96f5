/** The signal that ended a process, also when a shell between reported it as an exit code. */

import { constants } from 'node:os';
import type { ProcessEnding } from './explanation.ts';

/** Those that shells commonly report; other codes above 128 are the program's own, as 255 for -1. */
const reported = [
  'SIGINT',
  'SIGILL',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGSEGV',
  'SIGTERM',
] as const satisfies readonly NodeJS.Signals[];

/** Reads it from the ending itself or from an exit code of 128 + n. */
export function readEndingSignal({
  exitCode,
  signal,
}: Pick<ProcessEnding, 'exitCode' | 'signal'>): NodeJS.Signals | undefined {
  return signal ?? reported.find((name) => exitCode === 128 + constants.signals[name]);
}

/** The signal that ended a process, where it is one by which a process is asked to stop. */
export function readStopSignal(
  ending: Pick<ProcessEnding, 'exitCode' | 'signal'>,
): NodeJS.Signals | undefined {
  const signal = readEndingSignal(ending);
  return signal === 'SIGTERM' || signal === 'SIGINT' ? signal : undefined;
}
