/** Sees to it that each worker which takes invocations has all adapters, also one that is started later. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AdapterSource, createLateError } from '../invocation/adapter-use.ts';
import type { AdapterLoader } from '../model/model-handle.ts';
import type { PoolWorker } from './pool-worker.ts';

interface Wanted {
  readonly source: AdapterSource;
  readonly signal: AbortSignal;
}

export class PoolAdapters implements AdapterLoader {
  readonly #wanted = new Map<string, Wanted>();
  /** Those that have all. */
  readonly #ready = new Set<PoolWorker>();

  /** Loads all adapters in a worker that has just loaded its model, those included that come meanwhile. */
  async prepare(worker: PoolWorker): Promise<void> {
    const had = new Map<string, Wanted>();
    for (;;) {
      const next = [...this.#wanted].find(([name, wanted]) => had.get(name) !== wanted);
      const gone = [...had.keys()].find((name) => had.get(name) !== this.#wanted.get(name));
      if (gone !== undefined) {
        had.delete(gone);
        await worker.adapters.unload(gone);
      } else if (next !== undefined) {
        const [name, wanted] = next;
        try {
          await loadInTime(worker, wanted);
          had.set(name, wanted);
        } catch (error) {
          // Where no worker can load it, it is about to be given up.
          await nextTurn();
          if (this.#wanted.get(name) === wanted) throw error;
        }
      } else break;
    }
    // At once: what is loaded from now on is loaded in this worker, too.
    this.#ready.add(worker);
    void worker.ended.then(() => this.#ready.delete(worker));
  }

  /** When one worker cannot load it, or ends, no worker has it. */
  async load(source: AdapterSource, signal: AbortSignal): Promise<void> {
    const { name } = source;
    const wanted = { source, signal };
    this.#wanted.set(name, wanted);
    const giveUp = () => {
      if (this.#wanted.get(name) === wanted) this.#wanted.delete(name);
    };
    const loads = await Promise.allSettled(
      Array.from(this.#ready, async (worker) => {
        try {
          await worker.adapters.load(source, signal);
        } catch (error) {
          giveUp();
          throw error;
        }
      }),
    );
    const failed = loads.find((result) => result.status === 'rejected');
    if (failed === undefined) return;
    await this.unload(name);
    throw failed.reason;
  }

  /** A worker that ends meanwhile has nothing to unload. */
  async unload(name: string): Promise<void> {
    this.#wanted.delete(name);
    await Promise.allSettled(Array.from(this.#ready, (worker) => worker.adapters.unload(name)));
  }
}

/** For a later worker, nobody else looks at the clock. */
async function loadInTime(worker: PoolWorker, { source, signal }: Wanted): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(createLateError(source.loadMs)), source.loadMs);
  try {
    await worker.adapters.load(source, AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}
