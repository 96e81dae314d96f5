/** Reads the configuration of a project, from the one place that has it. */

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { quote } from '@optml/contract/describe-issue';
import { CliError } from '../errors.ts';
import type { ProjectConfig } from './project-config.ts';

/** A configuration, and where it stands: a file's name, or `undefined` where there is none. */
export interface LoadedConfig {
  readonly config: ProjectConfig;
  readonly file: string | undefined;
}

const fileNames = ['optml.config.ts', 'optml.config.mts', 'optml.config.js', 'optml.config.mjs'];

/** Forms that other tools take, and this one does not. */
const otherNames = ['cts', 'cjs', 'json', 'jsonc', 'json5', 'yaml', 'yml', 'toml'].map(
  (extension) => `optml.config.${extension}`,
);

/**
 * Loads `optml.config.ts` of `folder`, by running it, or takes `declared`, what its package.json has as `"optml"`.
 *
 * @throws CliError `CONFIG_INVALID` for both at once, a file of another form or one that fails, or a configuration that is wrong
 */
export async function loadConfig(folder: string, declared: unknown): Promise<LoadedConfig> {
  const find = (names: readonly string[]) => names.filter((name) => existsSync(join(folder, name)));
  const [found, [other]] = [find(fileNames), find(otherNames)];
  if (other !== undefined) {
    const advice = 'write optml.config.ts, or "optml" in package.json';
    throw new CliError('CONFIG_INVALID', `${join(folder, other)} cannot be a configuration: ${advice}`);
  }
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
  const value = await importModule(file);
  const advice = 'write "export default defineConfig({ ... })"';
  if (value === undefined) {
    throw new CliError('CONFIG_INVALID', `${file} has no default export: ${advice}`);
  }
  // A map or a class has no members that a schema would look at.
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && [Object.prototype, null].includes(Object.getPrototypeOf(value))) return value;
  throw new CliError('CONFIG_INVALID', `${file} exports ${quote(value)} and not an object: ${advice}`);
}

/** A promise of a configuration does, too. */
async function importModule(file: string): Promise<unknown> {
  try {
    const { mtimeMs } = await stat(file);
    // Otherwise a changed file would be the one that was loaded before.
    const { default: value } = await import(`${pathToFileURL(file)}?changed=${mtimeMs}`);
    return await value;
  } catch (cause) {
    throw new CliError('CONFIG_INVALID', `cannot load ${file}${describeFailure(cause)}`, { cause });
  }
}

function describeFailure(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `: it throws ${quote(thrown)}`;
  const { message, stack = '', code } = thrown as NodeJS.ErrnoException;
  // Node writes the place of an error of syntax in front of the stack.
  const [, line] = /^(?:file:\/\/)?\/.+(:\d+)\n/.exec(stack) ?? ['', ''];
  if (code === 'ERR_MODULE_NOT_FOUND') return `: ${message}: install it, or correct the import`;
  return `${line}: ${message}`;
}
