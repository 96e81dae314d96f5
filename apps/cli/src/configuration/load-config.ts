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
export async function loadConfig(
  folder: string,
  declared: unknown,
  { timeoutMs = 10_000 }: { readonly timeoutMs?: number } = {},
): Promise<LoadedConfig> {
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
  const value = file === undefined ? declared : await importDefault(join(folder, file), timeoutMs);
  // Loaded late: most projects have no configuration.
  const { parseConfig } = await import('./config-schema.ts');
  const result = parseConfig(value);
  if ('config' in result) return { config: result.config, file: name };
  throw new CliError('CONFIG_INVALID', `${join(folder, name)}: ${result.problems.join('; ')}`);
}

async function importDefault(file: string, timeoutMs: number): Promise<unknown> {
  const value = await importModule(file, timeoutMs);
  const advice = 'write "export default defineConfig({ ... })"';
  if (value === undefined) {
    throw new CliError('CONFIG_INVALID', `${file} has no default export: ${advice}`);
  }
  if (!isPlain(value)) {
    throw new CliError('CONFIG_INVALID', `${file} exports ${quote(value)} and not an object: ${advice}`);
  }
  const foreign = await orFailure(file, async () => findForeign(value, 'optml'));
  if (foreign !== undefined) throw new CliError('CONFIG_INVALID', `${file}: ${foreign}`);
  return value;
}

/** A map or a class has no members that a schema would look at. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

/** Reads all members, for one may throw; what contains itself has a member that is not known. */
function findForeign(value: unknown, path: string, above: readonly unknown[] = []): string | undefined {
  if (typeof value !== 'object' || value === null || above.includes(value)) return undefined;
  if (value instanceof Promise) return `${path} is a promise: await it`;
  if (!Array.isArray(value) && !isPlain(value)) return `${path} is ${quote(value)}: expected a plain object`;
  return Object.entries(value)
    .map(([key, member]) => findForeign(member, `${path}.${key}`, [...above, value]))
    .find((found) => found !== undefined);
}

/** Kept once: two configurations may be loaded at a time. */
const { exit } = process;

/** A promise of a configuration does, too. */
async function importModule(file: string, timeoutMs: number): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>();
  const refuse = (why: string) => () => reject(new Error(why));
  const waits = 'it waits for a promise that does not settle, at its top level or as its default export';
  // Nothing is left that could settle it; or something is, and does not.
  const onIdle = refuse(waits);
  const timer = setTimeout(refuse(`${waits}, after ${timeoutMs / 1000} s`), timeoutMs).unref();
  process.exit = (code) => {
    throw new Error(`it calls process.exit(${code ?? ''}): a configuration may only say what it is`);
  };
  process.once('beforeExit', onIdle);
  try {
    return await orFailure(file, async () => {
      const { mtimeMs } = await stat(file);
      // Otherwise a changed file would be the one that was loaded before.
      const loading = import(`${pathToFileURL(file)}?changed=${mtimeMs}`);
      return Promise.race([loading.then(({ default: value }) => value), promise]);
    });
  } finally {
    clearTimeout(timer);
    process.removeListener('beforeExit', onIdle);
    process.exit = exit;
  }
}

async function orFailure<Value>(file: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
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
