/** What can be said of a server at any moment, beside what it has counted. */

/** What is known of a model, loaded or not. */
export interface ModelState {
  countWorkers(): { readonly ready: number; readonly restarts: number };
  /** True when an invocation would succeed now. */
  isHealthy(): boolean;
}

/** The state of a server as numbers. */
export interface ServerGauges {
  readonly inFlight: number;
  /** 1 when `/ping` answers 200, else 0. */
  readonly healthy: number;
  readonly workersReady: number;
  readonly workerRestarts: number;
}

export function readServerGauges(model: ModelState, inFlight: number): ServerGauges {
  const { ready, restarts } = model.countWorkers();
  return { inFlight, healthy: model.isHealthy() ? 1 : 0, workersReady: ready, workerRestarts: restarts };
}
