/** The options of `optml publish`, read: what goes where, and how. */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Environment } from '@optml/contract/environment';
import type { PolicyStatement, RepositorySettings, Severity, Transport } from '@optml/ecr';
import type { LintFeature } from '@optml/ecr/lint';
import { assertEndpoint, assertRepositoryName } from '@optml/ecr/names';
import { readValue } from '../configuration/settings.ts';
import { CliError } from '../errors.ts';
import type { NetworkOptions } from '../image/network.ts';
import { nameImage } from '../image/read-image-declaration.ts';
import { type OpenProject, openProject } from '../project/open-project.ts';
import { readEndpoint } from './connect-targets.ts';

/** As they were typed. */
export interface PublishCommandOptions extends NetworkOptions {
  readonly image?: string;
  readonly base?: string;
  readonly platform?: string;
  readonly repository?: string;
  readonly tag: readonly string[];
  readonly region: readonly string[];
  readonly account: readonly string[];
  readonly transport: Transport;
  readonly immutable?: true;
  readonly mutableTag: readonly string[];
  readonly kmsKey?: string;
  readonly lifecyclePolicy?: string;
  readonly repositoryPolicy?: string;
  readonly resourceTag: readonly string[];
  readonly scan?: Severity;
  readonly instanceType?: string;
  readonly serverless?: true;
  readonly feature: readonly LintFeature[];
  readonly lint: boolean;
  readonly allowUnread?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** What is published, and where it goes: as it was typed, or else set, or else written in the project. */
export interface PublishRequest extends PublishCommandOptions {
  readonly repository: string;
  /** Unless `--image` names an image. */
  readonly project?: OpenProject | undefined;
}

/**
 * Opens the project, unless an image was named, and fills in what was not typed. All names are checked here, before the
 * build, which takes long.
 *
 * @throws CliError `USAGE`, and what opening the project throws; EcrError for a repository by the project's name
 */
export async function readRequest(
  options: PublishCommandOptions,
  { workingDirectory, environment }: { readonly workingDirectory: string; readonly environment: Environment },
): Promise<PublishRequest> {
  const project = options.image === undefined ? await openProject(workingDirectory) : undefined;
  const loaded = project?.loaded ?? { config: {}, file: undefined };
  const given = { flags: { ...options }, environment };
  const read = <Value>(name: string) => readValue<Value | undefined>(name, loaded, given);
  const repository = read<string>('registry.repository') ?? (project && nameImage(project));
  if (repository === undefined)
    throw new CliError('USAGE', 'no repository: give --repository NAME, for example team/iris');
  assertRepositoryName(repository);
  assertReachable(readEndpoint(environment));
  return {
    ...options,
    project,
    repository,
    region: read<string[]>('registry.regions') ?? [],
    account: read<string[]>('registry.accounts') ?? [],
    tag: [...new Set(read<string[]>('registry.tags'))],
  };
}

function assertReachable(endpoint: string | undefined): void {
  try {
    if (endpoint !== undefined) assertEndpoint(endpoint);
  } catch (cause) {
    throw new CliError('USAGE', (cause as Error).message, { cause });
  }
}

/**
 * The settings of the repository; `undefined` when none was given.
 *
 * @throws CliError `USAGE` for a file that cannot be read or is not a JSON object, or for an invalid tag
 */
export async function readSettings(
  options: PublishCommandOptions,
  workingDirectory: string,
): Promise<RepositorySettings | undefined> {
  const { immutable, mutableTag, kmsKey, lifecyclePolicy, repositoryPolicy, resourceTag } = options;
  if (mutableTag.length > 0 && immutable !== true) {
    throw new CliError('USAGE', '--mutable-tag makes an exception to --immutable: give that too');
  }
  const read = (file: string) => readJson(resolve(workingDirectory, file));
  const settings: RepositorySettings = {
    tagMutability: immutable && { immutable, except: mutableTag },
    encryption: kmsKey === undefined ? undefined : { type: 'KMS', kmsKey },
    lifecyclePolicy: lifecyclePolicy === undefined ? undefined : await read(lifecyclePolicy),
    policy: repositoryPolicy === undefined ? undefined : listStatements(await read(repositoryPolicy)),
    tags: resourceTag.length === 0 ? undefined : Object.fromEntries(resourceTag.map(parseResourceTag)),
  };
  return Object.values(settings).every((value) => value === undefined) ? undefined : settings;
}

async function readJson(file: string): Promise<object> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof value === 'object' && value !== null) return value;
    throw new Error('it is not an object');
  } catch (cause) {
    throw new CliError('USAGE', `cannot read a policy from ${file}: ${(cause as Error).message}`, { cause });
  }
}

/** A whole policy, or its statements alone. */
function listStatements(document: object): readonly PolicyStatement[] {
  const statements = 'Statement' in document ? document.Statement : document;
  return (Array.isArray(statements) ? statements : [statements]) as readonly PolicyStatement[];
}

function parseResourceTag(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new CliError('USAGE', `--resource-tag "${text}": expected KEY=VALUE`);
}
