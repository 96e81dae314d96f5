/** Adapters as plain data that crosses threads. */

import { ServeError } from '../errors/errors.ts';

/** By its name in lower case, as Node gives it. Source: aws/model-hosting-container-standards, `lora/constants.py`. */
export const adapterHeader = 'x-amzn-sagemaker-adapter-identifier';

/** What else a client may call the adapter. */
export const adapterAliasHeader = 'x-amzn-sagemaker-adapter-alias';

interface NamedSource {
  readonly name: string;
  /** Absolute path of a file or a folder. */
  readonly source: string;
  readonly isPinned: boolean;
}

/** What the platform asks to load. */
export interface AdapterRequest extends NamedSource {
  /** False where it is to be loaded for the first request that names it. */
  readonly isPreloaded: boolean;
}

/** What a worker is to load. */
export interface AdapterSource extends NamedSource {
  /** The time that it has. */
  readonly loadMs: number;
}

/** Says that a load has had its time. */
export function createLateError(loadMs: number): ServeError {
  const message = `it took longer than ${loadMs} ms: let load read less, or raise adapters.loadMs`;
  return new ServeError('ADAPTER_LOAD_TIMEOUT', message);
}
