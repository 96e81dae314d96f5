/** Chooses the heap of each Node process of a job. */

import type { Environment } from '@optml/contract/environment';
import type { Resources } from '@optml/contract/resources';

export interface Heap {
  /** Undefined where Node's own default holds. */
  readonly limitMiB: number | undefined;
  /** Arguments of Node. */
  readonly nodeArguments: readonly string[];
}

/**
 * V8's own nursery grows to three times 16 MiB of garbage while a channel is streamed: 221 MB resident for csv of
 * any length, 124 MB with this.
 */
const smallNursery = '--max-semi-space-size=8';

/** Gives each of the processes its part of the container's memory, unless the job or the image has chosen a limit. */
export function chooseHeap(
  { NODE_OPTIONS = '' }: Environment,
  resources: Pick<Resources, 'memoryLimited' | 'memoryBytes'>,
  processesPerHost: number,
): Heap {
  const ownLimit = /--max[-_]old[-_]space[-_]size[= ](\d+)/.exec(NODE_OPTIONS)?.[1];
  // Node does not know of a container's limit in time: left alone, it grows until the kernel kills it.
  const ourLimit =
    ownLimit === undefined && resources.memoryLimited
      ? chooseHeapLimitMiB(resources.memoryBytes / processesPerHost)
      : undefined;
  return {
    limitMiB: ownLimit === undefined ? ourLimit : Number(ownLimit),
    nodeArguments: [
      ...(ourLimit === undefined ? [] : [`--max-old-space-size=${ourLimit}`]),
      ...(/semi[-_]space/.test(NODE_OPTIONS) ? [] : [smallNursery]),
    ],
  };
}

const mebibyte = 1024 * 1024;
const heapShare = 0.75;
const minimumHeapMiB = 64;
/** The supervisor and the author's process each need about 60 MiB outside of the heap before any data is loaded. */
const minimumRestMiB = 128;

/**
 * Chooses the `--max-old-space-size` in MiB: three quarters of the memory, less when the rest would be under
 * 128 MiB, never under 64.
 *
 * V8's own default stops at about 4 GiB however large the instance is. Typed arrays and Buffers, where training
 * data mostly lies, are outside of the heap: a heap that may take everything would turn the readable "heap out
 * of memory" into a silent kill by the kernel. When several processes share the host, pass each one's part.
 */
export function chooseHeapLimitMiB(memoryBytes: number): number {
  const memoryMiB = memoryBytes / mebibyte;
  return Math.max(minimumHeapMiB, Math.floor(Math.min(memoryMiB * heapShare, memoryMiB - minimumRestMiB)));
}
