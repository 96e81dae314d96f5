/** Reads the config files of a training job: all of them, with all their problems at once. */

import { isUtf8 } from 'node:buffer';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as core from 'zod/v4/core';
import { type ContractErrorCode, combineProblems, type Problem } from '../errors.ts';
import type { Paths } from '../platform/paths.ts';
import { describeIssue } from '../wording/describe-issue.ts';
import { type ConfigFileName, type ConfigFiles, configFiles } from './config-files.ts';

type RequiredName = 'hyperparameters' | 'inputDataConfig' | 'resourceConfig';

/** The three files that every job has, and whichever of the others were there. */
export type TrainingConfiguration = Pick<ConfigFiles, RequiredName> &
  Partial<Omit<ConfigFiles, RequiredName>> & {
    /** Problems with optional files, which are then left out: most are undocumented and never worth a failed job. */
    readonly warnings: readonly Problem[];
  };

/**
 * Reads one config file.
 *
 * @returns `undefined` when the file is optional and not there.
 * @throws ContractError `CONFIG_MISSING`, `CONFIG_UNREADABLE`, `CONFIG_MALFORMED` (not JSON) or `CONFIG_INVALID`.
 */
export async function readConfigFile<Name extends ConfigFileName>(
  paths: Paths,
  name: Name,
): Promise<Name extends RequiredName ? ConfigFiles[Name] : ConfigFiles[Name] | undefined> {
  const result = await readAndCheck(paths, name);
  if (isProblematic(result.problems)) throw combineProblems(result.problems, { cause: result.cause });
  return result.value as never;
}

/**
 * Reads every config file under `input/config`.
 *
 * @throws ContractError with the problems of all three required files at once.
 */
export async function readTrainingConfiguration(paths: Paths): Promise<TrainingConfiguration> {
  const names = Object.keys(configFiles) as ConfigFileName[];
  const results = await Promise.all(
    names.map(async (name) => ({ name, ...(await readAndCheck(paths, name)) })),
  );
  const required = results.filter(({ name }) => configFiles[name].required);
  const fatal = required.flatMap(({ problems }) => problems);
  if (isProblematic(fatal)) {
    throw combineProblems(fatal, { cause: required.find(({ cause }) => cause)?.cause });
  }
  const found = results
    .filter(({ value }) => value !== undefined)
    .map(({ name, value }) => [name, value] as const);
  const warnings = results.flatMap(({ problems }) => problems);
  return { ...(Object.fromEntries(found) as unknown as ConfigFiles), warnings };
}

interface ReadResult {
  readonly value?: unknown;
  readonly problems: readonly Problem[];
  readonly cause?: unknown;
}

function isProblematic(problems: readonly Problem[]): problems is [Problem, ...Problem[]] {
  return problems.length > 0;
}

async function readAndCheck(paths: Paths, name: ConfigFileName): Promise<ReadResult> {
  const { fileName, required, schema, ...reading } = configFiles[name];
  const file = join(paths.inputConfig, fileName);
  const fail = (code: ContractErrorCode, message: string, cause?: unknown): ReadResult => ({
    problems: [{ code, file, path: '', value: undefined, message }],
    cause,
  });
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      return fail('CONFIG_UNREADABLE', explainUnreadable(code), cause);
    return required ? fail('CONFIG_MISSING', await explainMissing(paths, fileName), cause) : { problems: [] };
  }
  if (!isUtf8(bytes)) return fail('CONFIG_MALFORMED', 'is not UTF-8: save it as UTF-8');
  const json = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (json.trim() === '') return fail('CONFIG_MALFORMED', 'is empty: expected JSON, at least {}');
  let input: unknown;
  try {
    input = 'numbers' in reading ? parseWithRawNumbers(json) : JSON.parse(json);
  } catch (cause) {
    return fail('CONFIG_MALFORMED', `is not JSON: ${(cause as Error).message}`, cause);
  }
  return check(schema, input, file);
}

/** Of ECMAScript 2026 and Node 22, which TypeScript does not know yet. */
type Revive = (key: string, value: unknown, context: { readonly source: string }) => unknown;
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

function parseWithRawNumbers(json: string): unknown {
  const revive: Revive = (_key, value, { source }) => (typeof value === 'number' ? rawJSON(source) : value);
  return JSON.parse(json, revive as Parameters<typeof JSON.parse>[1]);
}

function check(schema: core.$ZodType, input: unknown, file: string): ReadResult {
  const result = core.safeParse(schema, input);
  if (result.success) return { value: result.data, problems: [] };
  const problems = result.error.issues.map(
    (issue): Problem => ({ code: 'CONFIG_INVALID', file, ...describeIssue(issue, input) }),
  );
  return { problems };
}

function explainUnreadable(code: string | undefined): string {
  if (code === 'EACCES') return 'cannot be read: permission denied; SageMaker runs containers as root';
  if (code === 'EISDIR') return 'is a folder: expected a JSON file';
  return `cannot be read (${code})`;
}

/** A wrong case in the name (AWS's own guide has `resourceConfig.json`) is the commonest reason in trees made by hand. */
async function explainMissing(paths: Paths, fileName: string): Promise<string> {
  const entries = await readdir(paths.inputConfig).catch(() => undefined);
  if (entries === undefined) return `is missing, and so is its folder: is ${paths.root} the right root?`;
  const lookalike = entries.find((entry) => entry.toLowerCase() === fileName);
  if (lookalike !== undefined) return `is missing: ${lookalike} has the wrong case, rename it`;
  return 'is missing: the platform always writes it; a tree made by hand needs it too';
}
