/** Endings by a signal, as far as neither the supervisor nor the kernel's counters account for it. */

import { formatBytes } from '../resources/read-disk.ts';
import { type EndingFacts, type Explanation, explain, type ProcessEnding } from './explanation.ts';
import { readEndingSignal, readStopSignal } from './read-ending-signal.ts';

export function explainSignal(ending: ProcessEnding, facts: EndingFacts): Explanation | undefined {
  const signal = readEndingSignal(ending);
  if (signal === undefined) return undefined;
  if (signal === 'SIGKILL') return explainKill(ending, facts);
  if (facts.stopRequested && readStopSignal(ending) !== undefined) {
    return explain(
      'TRAINING_STOPPED',
      `training was asked to stop and ended by ${signal}, which it does not handle`,
      `handle SIGTERM: save what is to be kept and end with exit code 0${within(facts)}`,
    );
  }
  if (signal === 'SIGABRT') return explainAbort(ending);
  const { meaning = '', hint } = causes[signal] ?? {};
  return explain('TRAINING_CRASHED', `the training process ${describe(ending)}${meaning}`, hint);
}

type Cause = { readonly meaning?: string | undefined; readonly hint?: string | undefined };

const causes: Partial<Record<NodeJS.Signals, Cause>> = {
  SIGSEGV: {
    meaning: ', an invalid memory access in native code',
    hint: 'look at native add-ons and libraries: built for another Node, Python or libc version than runs here?',
  },
  SIGILL: {
    meaning: ', an instruction that this CPU does not support',
    hint: 'a native library was built for a newer CPU or another architecture: build it for this instance type',
  },
  SIGBUS: {
    meaning: ', a memory page that could not be provided',
    hint: "most often /dev/shm or a mapped file's disk is full: use fewer data-loading workers or free space",
  },
  SIGFPE: { meaning: ', an arithmetic fault in native code' },
  SIGTERM: {
    hint: 'nobody asked this job to stop: look for a program that signals its own process group',
  },
};

function explainKill(ending: ProcessEnding, facts: EndingFacts): Explanation {
  const counted = facts.oomKillsBefore !== undefined && facts.oomKillsAfter !== undefined;
  const memory = facts.memoryBytes === undefined ? '' : ` (it has ${formatBytes(facts.memoryBytes)})`;
  const hint = counted
    ? 'the OOM killer of this container did not do it: look for a program that sends SIGKILL, or an instance that was reclaimed'
    : `most often the host ran out of memory${memory}: watch MemoryUtilization, choose a larger instance`;
  return explain('TRAINING_KILLED', `the training process ${describe(ending)}, not sent by the runner`, hint);
}

/** An abort mostly prints its reason: V8 as `FATAL ERROR`, C++ as `terminate called`, C as a failed assertion. */
function explainAbort(ending: ProcessEnding): Explanation {
  const words = ending.lastErrorLines.findLast((line) =>
    /^FATAL ERROR: |^terminate called |Assertion .*failed|^Fatal Python error/.test(line),
  );
  if (words !== undefined && /std::bad_alloc/.test(words)) {
    return explain(
      'MEMORY_EXHAUSTED',
      `native code could not get memory: ${words}`,
      'choose an instance with more memory, or use smaller batches',
    );
  }
  const reason = words === undefined ? '' : `: ${words}`;
  return explain('TRAINING_CRASHED', `the training process ${describe(ending)}, it aborted itself${reason}`);
}

function describe(ending: ProcessEnding): string {
  const signal = readEndingSignal(ending);
  if (ending.signal !== null) return `was killed by ${signal}`;
  return `ended with exit code ${ending.exitCode}: a process below it was killed by ${signal}`;
}

function within({ stopTimeoutMs }: EndingFacts): string {
  return stopTimeoutMs === undefined ? '' : ` within ${stopTimeoutMs / 1000} s`;
}
