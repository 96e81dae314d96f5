/** Turns an exit with 0 that comes before a run has ended, which looks like a success, into a failure. */

import process from 'node:process';
import { describeFailure } from '../failures/describe-failure.ts';
import type { Message } from '../job/messages.ts';

/** Node's own number for a top-level await that nothing can settle. */
const stalledExitCode = 13;

/** Watches until `end`; an exit that was asked for is reported by `send`, with its place. */
export function watchExit(send: (message: Message) => void) {
  let mayExit = false;
  let hasNothingLeft = false;
  // Node ends well when nothing is left to do, also when a run still waits: only at the entry point it counts that.
  const noteEnd = () => {
    hasNothingLeft = true;
  };
  const judge = (exitCode: number) => {
    if (exitCode !== 0) return;
    if (hasNothingLeft) process.exitCode = stalledExitCode;
    else if (!mayExit) {
      // The caller of `process.exit` is on the stack.
      const report = describeFailure(new Error('process.exit(0) was called before run had returned'));
      send({ kind: 'optml:failed', report: { ...report, hint } });
      process.exitCode = 1;
    }
  };
  process.on('beforeExit', noteEnd);
  process.on('exit', judge);
  return {
    /** Lets the author's code end the process: it was asked to stop. */
    allowExit: () => {
      mayExit = true;
    },
    end: () => {
      process.off('beforeExit', noteEnd);
      process.off('exit', judge);
    },
  };
}

const hint = 'return from run instead, or throw when it has failed: its remaining work was lost';
