/** Endings for want of memory that are certain: V8's own words, and the kernel's count. */

import { formatBytes } from '../resources/read-disk.ts';
import { type EndingFacts, type Explanation, explain, type ProcessEnding } from './explanation.ts';
import { readEndingSignal } from './read-ending-signal.ts';

export function explainMemory(ending: ProcessEnding, facts: EndingFacts): Explanation | undefined {
  return explainHeap(ending, facts) ?? explainOomKill(ending, facts);
}

const heapWords =
  /^FATAL ERROR: .*heap out of memory|^FATAL ERROR: .*Allocation failed - process out of memory/;
const workerWords = /ERR_WORKER_OUT_OF_MEMORY/;

function explainHeap(ending: ProcessEnding, facts: EndingFacts): Explanation | undefined {
  if (readEndingSignal(ending) === 'SIGABRT' && ending.lastErrorLines.some((line) => heapWords.test(line))) {
    const limit =
      facts.heapLimitMiB === undefined ? "Node's default limit" : `its limit of ${facts.heapLimitMiB} MiB`;
    return explain(
      'HEAP_EXHAUSTED',
      `the JavaScript heap reached ${limit} (out of memory)`,
      `raise it with NODE_OPTIONS=--max-old-space-size=<MiB>${ofMemory(facts)}, choose an instance with more memory, or read the data as a stream`,
    );
  }
  if (ending.exitCode === 1 && ending.lastErrorLines.some((line) => workerWords.test(line))) {
    return explain(
      'HEAP_EXHAUSTED',
      'a worker thread reached the limit of its JavaScript heap (out of memory)',
      'raise resourceLimits.maxOldGenerationSizeMb of the worker, or give it less data at a time',
    );
  }
  return undefined;
}

function explainOomKill(ending: ProcessEnding, facts: EndingFacts): Explanation | undefined {
  const { oomKillsBefore, oomKillsAfter, memoryBytes } = facts;
  if (oomKillsBefore === undefined || oomKillsAfter === undefined) return undefined;
  if (oomKillsAfter <= oomKillsBefore) return undefined;
  const limit = memoryBytes === undefined ? 'its memory limit' : formatBytes(memoryBytes);
  // A worker or a program below a shell may be what was killed; the ending is then only its consequence.
  const isItself = readEndingSignal(ending) === 'SIGKILL';
  const victim = isItself ? 'the training process' : 'a process of the job';
  const end = ending.signal ?? `exit code ${ending.exitCode}`;
  const consequence = isItself ? '' : `, then training ended with ${end}`;
  return explain(
    'MEMORY_EXHAUSTED',
    `the kernel's OOM killer killed ${victim}: the container may use ${limit} of memory${consequence}`,
    'choose an instance with more memory, use smaller batches or fewer workers, or read the data as a stream',
  );
}

function ofMemory({ memoryBytes }: EndingFacts): string {
  return memoryBytes === undefined ? '' : ` (the container has ${formatBytes(memoryBytes)})`;
}
