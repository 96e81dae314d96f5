/** Keeps as many workers as there should be, replaces those that end, and says when that is hopeless. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '@optml/contract/log';
import { describeThrown } from '../errors/describe-thrown.ts';
import type { ServeError } from '../errors/errors.ts';
import type { Dispatcher } from './dispatcher.ts';
import { type LostWorkers, lostAdvice } from './lost-workers.ts';
import type { PoolWorker, Remains } from './pool-worker.ts';
import { nameOf, type Quarantine } from './quarantine.ts';

export interface SupervisionOptions {
  readonly count: number;
  /** Starts the thread of a worker. */
  readonly start: () => PoolWorker;
  /** Does what a worker needs that has loaded its model, before it takes invocations. */
  readonly prepare: (worker: PoolWorker) => Promise<void>;
  readonly dispatcher: Dispatcher;
  readonly quarantine: Quarantine;
  readonly lost: LostWorkers;
  readonly log: Log;
  /** Called once, when no worker is left and none can be started. */
  onDied(error: ServeError): void;
}

export type Supervision = ReturnType<typeof superviseWorkers>;

/** So many loads that fail one after another, while no worker is left, and it is given up. */
const hopelessFailures = 5;
/** A worker that ends within this time of its load, with nothing begun, has failed to start. */
const earlyEndMs = 5_000;
const firstDelayMs = 50;
const longestDelayMs = 30_000;

/** Takes over `first`, which is loaded, and starts the others. */
export function superviseWorkers(first: PoolWorker, options: SupervisionOptions) {
  const { count, start, prepare, dispatcher, lost, log } = options;
  const stopping = new AbortController();
  const alive = new Set<PoolWorker>();
  let failedLoads = 0;
  let restarts = 0;

  /** One place in the pool, from worker to worker. */
  const keep = async (initial: PoolWorker) => {
    let failures = 0;
    for (let worker: PoolWorker | undefined = initial; worker !== undefined; ) {
      alive.add(worker);
      const error = await findStartError(worker, prepare);
      if (error === undefined) dispatcher.add(worker);
      else void worker.stop();
      const readyMs = performance.now();
      const remains = await worker.ended;
      alive.delete(worker);
      dispatcher.remove(worker, remains.untouched);
      if (stopping.signal.aborted) for (const job of remains.lost) job.reject(remains.reason);
      else if (error !== undefined) noteFailedLoad(error);
      else {
        buryWorker(remains, options);
        // What ends it as soon as it is ready has most likely begun with its load.
        const hasLived = hasWorked(worker, remains) || performance.now() - readyMs > earlyEndMs;
        if (hasLived) failedLoads = 0;
        else noteFailedLoad(remains.reason);
      }
      if (remains.gone !== undefined) lost.add(worker, remains.gone);
      failures = worker.answered > 0 ? 0 : failures + 1;
      await wait(chooseDelay(failures), undefined, { signal: stopping.signal }).catch(() => undefined);
      await lost.waitForRoom(stopping.signal);
      worker = stopping.signal.aborted ? undefined : start();
      if (worker !== undefined) restarts += 1;
    }
  };
  const noteFailedLoad = (error: ServeError) => {
    failedLoads += 1;
    const { code, message: reason } = error;
    log.error('a worker could not be started', { code, reason, failures: failedLoads });
    const isHopeless = failedLoads >= hopelessFailures && dispatcher.workers.size === 0;
    if (!isHopeless || stopping.signal.aborted) return;
    stopping.abort();
    options.onDied(error);
  };
  const places = Array.from({ length: count }, (_, place) => keep(place === 0 ? first : start()));
  return {
    /** How many workers were started in place of ended ones. */
    get restarts(): number {
      return restarts;
    },
    /** Stops all workers, those that are being started included; never rejects. */
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(Array.from(alive, (worker) => worker.stop()));
      await Promise.all(places);
    },
  };
}

/** Waits until a worker takes invocations, or gives the reason why it never will. */
function findStartError(
  worker: PoolWorker,
  prepare: SupervisionOptions['prepare'],
): Promise<ServeError | undefined> {
  return worker.loaded
    .then(() => prepare(worker))
    .then(
      () => undefined,
      (reason: ServeError) => reason,
    );
}

/** Whether it has begun anything that may have ended it, in place of its load. */
function hasWorked({ answered, adapters }: PoolWorker, { suspects, lost, connectionIds }: Remains): boolean {
  return (
    answered > 0 || adapters.wasAsked || suspects.length > 0 || lost.length > 0 || connectionIds.length > 0
  );
}

/** The first replacement comes at once. */
function chooseDelay(failures: number): number {
  return failures === 0 ? 0 : Math.min(firstDelayMs * 2 ** (failures - 1), longestDelayMs);
}

/** Fails what the worker had begun, and says in the log what that was, requests that were given up included. */
function buryWorker(
  { reason, lost, suspects, connectionIds, isProof, givenToOthers, gone }: Remains,
  { quarantine, log, lost: lostWorkers }: SupervisionOptions,
): void {
  quarantine.noteEnd(suspects.map(nameOf), isProof);
  const fields = {
    code: reason.code,
    reason: describeThrown(reason),
    requestIds: suspects.map(({ request }) => request.requestId),
    ...(connectionIds.length > 0 && { connectionIds }),
    requestsGivenToOthers: givenToOthers,
  };
  if (gone === undefined) log.error('a worker ended and is replaced', fields);
  else {
    const facts = { ...fields, lostWorkers: lostWorkers.size + 1, advice: lostAdvice };
    log.error('a worker does not end: it is lost and is replaced', facts);
  }
  for (const job of lost) job.reject(reason);
}
