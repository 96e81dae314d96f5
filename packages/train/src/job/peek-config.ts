/** Looks into a config file for what decides how to start. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from '@optml/contract/paths';

/**
 * Reads at once, without a promise, what training waits for before its first line. Whatever is wrong with the file
 * (`undefined` here) is reported by whoever needs all of it.
 */
export function peekConfig(paths: Paths, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(paths.inputConfig, `${name}.json`), 'utf8'));
  } catch {
    return undefined;
  }
}
