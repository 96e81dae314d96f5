/** What surrounds a job, as far as the supervisor knows it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '@optml/contract/environment';
import type { Paths } from '@optml/contract/paths';

/** What starting, watching and explaining a job take. */
export interface JobContext {
  readonly paths: Paths;
  readonly environment: Environment;
  /** The texts of `hyperparameters.json` as far as they could be read. */
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly stopTimeoutMs: number;
  /** Writes to the log. */
  readonly writeLine: (line: string) => void;
}

/**
 * Looks into a config file: at once, without a promise, for training waits for it before its first line. Whatever is wrong with the file
 * (`undefined` here) is reported where all of it is needed.
 */
export function peekConfig(paths: Paths, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(paths.inputConfig, `${name}.json`), 'utf8'));
  } catch {
    return undefined;
  }
}
