/** What can be said of a server at any moment, beside what it has counted. */

import type { ServedModel } from '../served-model.ts';

/** The state of a server as numbers. */
export interface ServerGauges {
  readonly inFlight: number;
  /** 1 when `/ping` answers 200, else 0. */
  readonly healthy: number;
  readonly workersReady: number;
  readonly workerRestarts: number;
}

/** Reads the state of a server whose model may not be loaded yet. */
export function readServerGauges(model: ServedModel, inFlight: number): ServerGauges {
  const { ready, restarts } = model.countWorkers();
  return { inFlight, healthy: model.isHealthy() ? 1 : 0, workersReady: ready, workerRestarts: restarts };
}
