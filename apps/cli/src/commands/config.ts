/** `optml config`: what is set, and where, and what follows from it in each way to host the container. */

import { type ContainerLimits, describeLimits, formatMebibytes } from '@optml/serve/capabilities';
import { nameVariable, toVariables } from '../configuration/server-variables.ts';
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
  const limits = listLimits(settings);
  if (json === true) await writeResult(stdout, { settings, limits });
  else await writeTo(stdout, `\n${formatLimits(limits)}`);
}

/** Of a container that is told what is set, in whatever place. */
function listLimits(settings: readonly Setting[]): readonly ContainerLimits[] {
  const set = settings.filter(({ origin }) => origin !== 'default');
  const values = new Map(set.map(({ name, value }) => [name, value]));
  return describeLimits(
    toVariables((name) => values.get(name)),
    (variable) => namePlace(settings, variable),
  );
}

/** Where the value of a variable is to be changed. */
function namePlace(settings: readonly Setting[], variable: string): string {
  const setting = settings.find(({ name }) => nameVariable(name) === variable);
  if (setting === undefined || setting.origin === variable) return variable;
  const { name, origin } = setting;
  return origin === 'default' ? `${name} or ${variable}` : `${name} (${origin})`;
}

function formatSettings(settings: readonly Setting[]): string {
  return formatTable(settings.map(({ name, value, origin }) => [name, formatValue(value), origin]));
}

function formatLimits(limits: readonly ContainerLimits[]): string {
  const rows = limits.map(({ mode, bodyBytes, invocationMs }) => [
    mode,
    formatMebibytes(bodyBytes),
    `${invocationMs / 1_000} s`,
  ]);
  const modes = new Map<string, string[]>();
  for (const { mode, problems } of limits)
    for (const problem of problems) modes.set(problem, [...(modes.get(problem) ?? []), mode]);
  const problems = Array.from(modes, ([problem, those]) => `${those.join(', ')}: ${problem}\n`);
  return `${formatTable([['hosting mode', 'body', 'time'], ...rows])}${problems.join('')}`;
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
