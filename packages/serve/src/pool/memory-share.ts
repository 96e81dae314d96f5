/** What one worker may take of the memory, and whose fault it is when it takes more. */

import type { WorkerHost, WorkerMemory } from './worker-host.ts';

/** A heap may be that much larger than its share before its garbage is collected: a thread in the middle of something cannot be asked to. */
const garbageAllowance = 1.5;
const mebibyte = 1024 ** 2;
const noMemory: WorkerMemory = { heap: 0, external: 0 };

/** Measures a worker, and tells when its heap has outgrown its share. */
export class MemoryShare {
  /** What it held when it was measured last: heap, buffers and typed arrays. */
  heldBytes = 0;
  /** True when the worker ends for memory that not only its last job has taken. */
  isOfOthers = false;

  readonly #host: WorkerHost;
  readonly #maximumHeapMiB: number;
  #isMeasuring = false;
  #isCollecting = false;
  /** What there was with nothing but the model. */
  #fresh = { heapBytes: 0, residentBytes: 0 };
  /** What there was before it began the last job that it worked on alone. */
  #before = { heapBytes: 0, heldBytes: 0, residentBytes: 0 };

  constructor(host: WorkerHost, maximumHeapMiB: number) {
    this.#host = host;
    this.#maximumHeapMiB = maximumHeapMiB;
  }

  /** Takes in what there is once the model is loaded. */
  async noteFresh(): Promise<void> {
    const { heap } = await this.#measure();
    this.#fresh = { heapBytes: heap, residentBytes: this.#host.measureResident() };
  }

  /** Takes in what there is before a job that is worked on alone. */
  async noteBefore(): Promise<void> {
    const { heap, external } = await this.#measure();
    const residentBytes = this.#host.measureResident();
    this.#before = { heapBytes: heap, heldBytes: heap + external, residentBytes };
  }

  /** Measures, and has garbage collected where that may help; gives the reason where the worker is to end. */
  async limit(isWanted: () => boolean): Promise<string | undefined> {
    if (this.#isMeasuring || !isWanted()) return undefined;
    this.#isMeasuring = true;
    const { heap, external } = await this.#measure();
    this.#isMeasuring = false;
    this.heldBytes = heap + external;
    const shareBytes = this.#maximumHeapMiB * mebibyte;
    if (heap > shareBytes * garbageAllowance) return this.#explainHeap(heap);
    if (heap > shareBytes && !this.#isCollecting) {
      this.#isCollecting = true;
      this.#host.send({ type: 'collect' });
    }
    return undefined;
  }

  /** Takes in what is left after a collection, which is in use; gives the reason where the worker is to end. */
  noteCollected(heapBytes: number): string | undefined {
    this.#isCollecting = false;
    return heapBytes > this.#maximumHeapMiB * mebibyte ? this.#explainHeap(heapBytes) : undefined;
  }

  #explainHeap(heapBytes: number): string {
    const heapMiB = Math.round(heapBytes / mebibyte);
    const roomBytes = this.#maximumHeapMiB * mebibyte - this.#fresh.heapBytes;
    this.isOfOthers = heapBytes - this.#before.heapBytes < roomBytes / 2;
    return `its heap takes ${heapMiB} MiB, more than its share of the memory, ${this.#maximumHeapMiB} MiB`;
  }

  /** Takes in that the memory of all, where there was room for `roomBytes`, is used up. */
  noteShortage(roomBytes: number): void {
    const { heldBytes, residentBytes } = this.#before;
    // The first was measured a while ago, and the second may have begun with memory that an ended worker had just left.
    const grownBytes = Math.max(this.heldBytes - heldBytes, this.#host.measureResident() - residentBytes);
    this.isOfOthers = grownBytes < roomBytes / 2;
  }

  /** True when it was the last job that has filled the heap of its process. */
  get isFilledByLast(): boolean {
    const roomBytes = this.#maximumHeapMiB * mebibyte - this.#fresh.residentBytes;
    return this.#host.measureResident() - this.#before.residentBytes >= roomBytes / 2;
  }

  #measure(): Promise<WorkerMemory> {
    return this.#host.measureMemory().catch(() => noMemory);
  }
}
