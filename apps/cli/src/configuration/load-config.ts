/** Reads the configuration of a project, from the one place that has it. */

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CliError } from '../errors.ts';
import type { ProjectConfig } from './project-config.ts';

/** A configuration, and where it stands: a file's name, or `undefined` where there is none. */
export interface LoadedConfig {
  readonly config: ProjectConfig;
  readonly file: string | undefined;
}

const fileNames = ['optml.config.ts', 'optml.config.mts', 'optml.config.js', 'optml.config.mjs'];

/**
 * Loads `optml.config.ts` of `folder`, by running it, or takes `declared`, what its package.json has as `"optml"`.
 *
 * @throws CliError `CONFIG_INVALID` for both at once, a file that fails, or a configuration that is wrong
 */
export async function loadConfig(folder: string, declared: unknown): Promise<LoadedConfig> {
  const found = fileNames.filter((name) => existsSync(join(folder, name)));
  const places = [...found, ...(declared === undefined ? [] : ['"optml" in package.json'])];
  const [file] = found;
  if (places.length > 1) {
    throw new CliError(
      'CONFIG_INVALID',
      `${folder} is configured in ${places.join(' and in ')}: keep one of them`,
    );
  }
  if (places.length === 0) return { config: {}, file: undefined };
  const name = file ?? 'package.json';
  const value = file === undefined ? declared : await importDefault(join(folder, file));
  // Loaded late: most projects have no configuration.
  const { parseConfig } = await import('./config-schema.ts');
  const result = parseConfig(value);
  if ('config' in result) return { config: result.config, file: name };
  throw new CliError('CONFIG_INVALID', `${join(folder, name)}: ${result.problems.join('; ')}`);
}

async function importDefault(file: string): Promise<unknown> {
  try {
    const { mtimeMs } = await stat(file);
    // Otherwise a changed file would be the one that was loaded before.
    const loaded = await import(`${pathToFileURL(file)}?changed=${mtimeMs}`);
    if (loaded.default !== undefined) return loaded.default;
  } catch (cause) {
    const { message, stack = '' } = cause as Error;
    // Node writes the place of an error of syntax in front of the stack.
    const [, line] = /^(?:file:\/\/)?\/.+(:\d+)\n/.exec(stack) ?? ['', ''];
    throw new CliError('CONFIG_INVALID', `cannot load ${file}${line}: ${message}`, { cause });
  }
  throw new CliError(
    'CONFIG_INVALID',
    `${file} has no default export: write "export default defineConfig({ ... })"`,
  );
}
