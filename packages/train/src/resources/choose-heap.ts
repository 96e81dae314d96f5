/** Chooses the heap of each Node process of a job. */

import type { Environment } from '@optml/contract/environment';
import type { Resources } from '@optml/contract/resources';
import { chooseHeapLimitMiB } from './choose-heap-limit.ts';

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
