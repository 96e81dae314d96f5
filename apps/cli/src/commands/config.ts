/** `optml config`: what is set, and where, and what follows from it in each way to host the container. */

import { type ContainerLimits, describeLimits } from '@optml/serve/capabilities';
import { toVariables } from '../configuration/server-variables.ts';
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
 * Prints each value of the project's configuration with its origin, and the limits of a request in each hosting mode.
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
  if (json !== true) await writeTo(stdout, formatSettings(settings));
  if (problems.length > 0) throw new CliError('CONFIG_INVALID', problems.join('; '));
  const values = new Map(settings.map(({ name, value }) => [name, value]));
  const limits = describeLimits(toVariables((name) => values.get(name)));
  if (json === true) await writeResult(stdout, { settings, limits });
  else await writeTo(stdout, `\n${formatLimits(limits)}`);
}

function formatSettings(settings: readonly Setting[]): string {
  return formatTable(settings.map(({ name, value, origin }) => [name, formatValue(value), origin]));
}

function formatLimits(limits: readonly ContainerLimits[]): string {
  const rows = limits.map(({ mode, bodyBytes, invocationMs }) => [
    mode,
    `${Math.round(bodyBytes / 1024 ** 2)} MiB`,
    `${invocationMs / 1_000} s`,
  ]);
  const problems = limits.flatMap(({ mode, problems }) => problems.map((problem) => `${mode}: ${problem}\n`));
  return `${formatTable([['hosting mode', 'body', 'answer within'], ...rows])}${problems.join('')}`;
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function formatValue(value: unknown): string {
  if (value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
