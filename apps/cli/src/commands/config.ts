/** `optml config`: what is set, and where. */

import { type Flags, listProblems, listSettings, type Setting } from '../configuration/settings.ts';
import { CliError } from '../errors.ts';
import { nameImage } from '../image/read-image-declaration.ts';
import type { Context } from '../process/context.ts';
import { openProject } from '../project/open-project.ts';
import { writeProse, writeResult, writeTo } from '../terminal/write-to.ts';

/** The options as they were typed: those of `optml build` and `optml publish` that a file can hold, too. */
export interface ConfigOptions {
  readonly base?: string;
  readonly platform?: string;
  readonly repository?: string;
  readonly region: readonly string[];
  readonly account: readonly string[];
  readonly tag: readonly string[];
  readonly json?: true;
}

/**
 * Prints each value of the project's configuration with its origin.
 *
 * @throws CliError `CONFIG_INVALID` with every value that the command which uses it would refuse, or what opening the
 * project throws
 */
export async function config({ json, ...flags }: ConfigOptions, context: Context): Promise<void> {
  const { stdout, stderr, environment, workingDirectory } = context;
  const project = await openProject(workingDirectory);
  const { name, directory, loaded } = project;
  const settings = listSettings(loaded, { flags: flags as Flags, environment, name: nameImage(project) });
  await writeProse(stderr, `project ${name}, in ${directory}`);
  const problems = listProblems(settings);
  if (json !== true) await writeTo(stdout, formatTable(settings));
  if (problems.length > 0) throw new CliError('CONFIG_INVALID', problems.join('; '));
  if (json === true) await writeResult(stdout, { settings });
}

function formatTable(settings: readonly Setting[]): string {
  const rows = settings.map(({ name, value, origin }) => [name, formatValue(value), origin] as const);
  const [names, values] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(([name, value, origin]) => `${name.padEnd(names ?? 0)}  ${value.padEnd(values ?? 0)}  ${origin}\n`)
    .join('');
}

function formatValue(value: unknown): string {
  if (value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
