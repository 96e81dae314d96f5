/** Keeps each session to the worker that opened it: its state is nowhere else. */

import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';
import { isBound, type Job } from './job.ts';
import type { PoolWorker } from './pool-worker.ts';

export class SessionHolders {
  readonly #workers = new Map<string, PoolWorker>();

  /** Gives the worker that alone can do a job, or the error of one whose worker has ended; `undefined` where any can. */
  find(job: Job): PoolWorker | ServeError | undefined {
    if (!isBound(job)) return undefined;
    const id = job.request.session?.id ?? '';
    const worker = this.#workers.get(id);
    return worker?.isReady === true ? worker : createLostError(id);
  }

  /** Takes in that a job is given to a worker. */
  note({ request: { session } }: Job, worker: PoolWorker): void {
    if (session?.action === 'open') this.#workers.set(session.id, worker);
    else if (session?.action === 'close') this.#workers.delete(session.id);
  }

  /** True while the worker of a session lives. */
  has(id: string): boolean {
    return this.#workers.get(id)?.isReady === true;
  }

  /** Lets go of the sessions of a worker that has ended. */
  remove(gone: PoolWorker): void {
    for (const [id, worker] of this.#workers) if (worker === gone) this.#workers.delete(id);
  }
}

function createLostError(id: string): ServeError {
  const message = `the session ${quoteName(id)} is lost: the worker that held its state has ended: open another one`;
  return new ServeError('SESSION_LOST', message);
}
