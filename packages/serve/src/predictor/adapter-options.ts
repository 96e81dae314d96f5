/** What an author writes of adapters: small parts, as weights of LoRA, that are loaded beside the model. */

import type { Log } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';

/** An adapter as `predict` sees it. */
export interface Adapter<Value = unknown> {
  readonly name: string;
  /** `X-Amzn-SageMaker-Adapter-Alias` of the request. */
  readonly alias: string | undefined;
  /** What `load` returned in this worker. */
  readonly value: Value;
}

/** What `load` of adapters gets. */
export interface LoadAdapterContext<Model = unknown> {
  /** Any text; not a path. */
  readonly name: string;
  /** Absolute path of a file or a folder, which exists. */
  readonly source: string;
  /** True where the platform asks to keep the adapter in the fastest memory. */
  readonly isPinned: boolean;
  /** What `load` of the predictor returned. */
  readonly model: Model;
  /** Aborts when the time for the load is over, the adapter is unloaded, or the server closes. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** What `unload` of adapters gets beside the adapter. */
export interface UnloadAdapterContext<Model = unknown> {
  /** What `load` of the predictor returned. */
  readonly model: Model;
  readonly log: Log;
}

/** Adapters of a predictor. Each is loaded in every worker, also in one that is started later. */
export interface AdapterOptions<Model = unknown, Value = unknown> {
  /** Loads an adapter; what it throws is the answer to the request, with status 424. */
  load(context: LoadAdapterContext<Model>): Value | Promise<Value>;
  /** Releases what `load` made, once no request uses it any more. */
  unload?(
    adapter: Pick<Adapter<Value>, 'name' | 'value'>,
    context: UnloadAdapterContext<Model>,
  ): void | Promise<void>;
}

/** Says what is wrong with the adapters of a definition; `undefined` when nothing is. */
export function findAdaptersFault(adapters: unknown): string | undefined {
  if (adapters === undefined) return undefined;
  if (typeof adapters !== 'object' || adapters === null) return 'adapters is not an object';
  const { load, unload } = adapters as Readonly<Record<string, unknown>>;
  if (typeof load !== 'function') return 'adapters.load is not a function';
  return unload === undefined || typeof unload === 'function'
    ? undefined
    : 'adapters.unload is not a function';
}

/** Says that a request names an adapter that is not there. */
export function createUnknownAdapterError(name: string): ServeError {
  const message = `the adapter ${quoteName(name)} is not loaded: load it with POST /adapters first`;
  return new ServeError('ADAPTER_NOT_FOUND', message);
}

/** Says that a request names an adapter of a predictor that has none. */
export function createNoAdaptersError(name: string): ServeError {
  const message = `the request names the adapter ${quoteName(name)}, and the predictor has no adapters: leave out X-Amzn-SageMaker-Adapter-Identifier, or define adapters in the predictor`;
  return new ServeError('ADAPTER_NOT_FOUND', message);
}
