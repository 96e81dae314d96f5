/** What can be said of a server at any moment, beside what it has counted. */

/** The workers of a model. */
export interface WorkerCounts {
  /** Those that could work now. */
  readonly ready: number;
  /** Those that were started in place of ended ones. */
  readonly restarts: number;
  /** Those that are in a native call and do not end. */
  readonly lost: number;
}

/** What is known of a model, loaded or not. */
export interface ModelState {
  countWorkers(): WorkerCounts;
  /** How many models are loaded, of a server that has several. */
  countModels?(): number;
  /** How many sessions are open; `undefined` where the predictor has none. */
  countSessions?(): number | undefined;
  /** How many adapters are loaded; `undefined` where the predictor has none. */
  countAdapters?(): number | undefined;
  /** True when an invocation would succeed now. */
  isHealthy(): boolean;
}

/** The state of a server as numbers. */
export interface ServerGauges {
  readonly inFlight: number;
  /** 1 when `/ping` answers 200, else 0. */
  readonly healthy: number;
  readonly workers: WorkerCounts;
  /** How many are loaded, of a server that has several. */
  readonly models?: number | undefined;
  /** How many are open, of a predictor that has sessions. */
  readonly sessions?: number | undefined;
  /** How many are loaded, of a predictor that has adapters. */
  readonly adapters?: number | undefined;
}
