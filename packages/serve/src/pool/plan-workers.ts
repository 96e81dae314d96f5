/** Shares out what the container has among the workers. */

import { readResources } from '@optml/contract/resources';
import type { LoadOptions } from '../model/model-handle.ts';

/** How many workers there are, and what they may have. */
export interface WorkerPlan {
  readonly count: number;
  /** What all processes together may use, in bytes. */
  readonly memoryBytes: number;
  /** The most MiB of JavaScript heap of each worker. */
  readonly maximumHeapMiB: number;
}

/** The part of the memory that the heaps of all workers may have together. */
const heapShare = 0.6;
const minimumHeapMiB = 64;

/** Plans the workers of a server, and tells the log of a limit that they have to share. */
export function planWorkers(options: LoadOptions): WorkerPlan {
  const resources = readResources();
  const { count = resources.cpuCount, memoryMiB, heapMiB } = options.workers;
  const memoryBytes = memoryMiB === undefined ? resources.memoryBytes : memoryMiB * 1024 ** 2;
  const maximumHeapMiB = heapMiB ?? shareHeap(memoryBytes, count, options);
  return { count, memoryBytes, maximumHeapMiB };
}

/** Gives the MiB of heap of each worker. */
function shareHeap(memoryBytes: number, count: number, { workers, log }: LoadOptions): number {
  const { totalHeapMiB } = workers;
  const ofMemoryMiB = (memoryBytes * heapShare) / 1024 ** 2;
  const isLimited = totalHeapMiB !== undefined && totalHeapMiB < ofMemoryMiB;
  const heapMiB = Math.max(minimumHeapMiB, Math.floor((isLimited ? totalHeapMiB : ofMemoryMiB) / count));
  if (isLimited) {
    log.warn('the heap limit of Node is shared by all workers', {
      workers: count,
      totalHeapMiB,
      workerHeapMiB: heapMiB,
      withoutLimitMiB: Math.max(minimumHeapMiB, Math.floor(ofMemoryMiB / count)),
    });
  }
  return heapMiB;
}
