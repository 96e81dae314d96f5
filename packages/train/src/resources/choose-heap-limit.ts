/** How much of the memory the JavaScript heap of the author's process may have. */

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
