/** What can be set, and where: by a flag, a variable, the project's file, or a default, in this order. */

import type { Environment } from '@optml/contract/environment';
import { limits } from '@optml/contract/limits';
import { CliError } from '../errors.ts';
import { findProblem } from './find-problem.ts';
import type { LoadedConfig } from './load-config.ts';
import { readWritten, serverVariables } from './server-variables.ts';

/** One value. */
export interface Setting {
  /** As in `image.base`. */
  readonly name: string;
  /** `undefined` where nothing is set and optml has no default. */
  readonly value: unknown;
  /** A flag, a variable, a file, or `default`. */
  readonly origin: string;
}

interface Source {
  readonly name: string;
  readonly variable?: string;
  readonly flag?: string;
  readonly fallback?: unknown;
  /** Its variable holds one of several. */
  readonly isList?: boolean;
}

/** Of the image and the registry; those of the server follow. */
const sources: readonly Source[] = [
  { name: 'image.name' },
  { name: 'image.base', variable: 'OPTML_BASE', flag: 'base', fallback: 'node:24-slim' },
  { name: 'image.platform', variable: 'OPTML_PLATFORM', flag: 'platform', fallback: 'linux/amd64' },
  { name: 'image.files', fallback: [] },
  { name: 'image.ignore', fallback: [] },
  { name: 'image.entrypoint' },
  { name: 'image.command' },
  { name: 'image.environment', fallback: {} },
  { name: 'image.labels', fallback: {} },
  { name: 'image.workingDirectory' },
  { name: 'image.user' },
  { name: 'image.exposedPorts', fallback: [] },
  { name: 'registry.repository', variable: 'OPTML_REPOSITORY', flag: 'repository' },
  { name: 'registry.regions', variable: 'AWS_REGION', flag: 'region', isList: true },
  { name: 'registry.accounts', flag: 'account' },
  { name: 'registry.tags', flag: 'tag', fallback: ['latest'] },
];

/** What is the same in every hosting mode, and with every predictor. */
const serverDefaults: Readonly<Record<string, unknown>> = {
  hosting: 'real-time',
  isolation: 'worker',
  connectionTimeoutSeconds: limits.connectionMs / 1_000,
  workerConnections: 64,
  'drain.graceMs': 2_000,
  'drain.silenceMs': 5_000,
  metrics: true,
  accessLog: false,
  logFormat: 'text',
};

/** What was given on the command line, by the name of the flag. */
export type Flags = Readonly<Record<string, unknown>>;

/** Every value with its origin; `name` is that of the image. */
export function listSettings(
  loaded: LoadedConfig,
  {
    flags,
    environment,
    name,
  }: { readonly flags: Flags; readonly environment: Environment; readonly name: string },
): readonly Setting[] {
  const ofServer = Object.entries(serverVariables).map(([name, variable]) => ({
    name: `server.${name}`,
    variable,
    fallback: serverDefaults[name],
  }));
  const ofProject = sources.map((source) => {
    const isNamed = source.name === 'image.name' || source.name === 'registry.repository';
    return isNamed ? { ...source, fallback: name } : source;
  });
  return [...ofProject, ...ofServer].map((source) => readSetting(source, loaded, { flags, environment }));
}

/**
 * What is wrong with values, each with its place. Defaults are not checked: a name that is derived from the project's
 * may be valid for an image and not for a registry, which only publishing uses.
 */
export function listProblems(settings: readonly Setting[]): readonly string[] {
  return settings.flatMap((setting) => {
    const problem = setting.origin === 'default' ? undefined : findProblem(setting);
    return problem === undefined ? [] : [`${setting.name} (${setting.origin})${problem}`];
  });
}

/** One value, by its name. @throws CliError `USAGE` for one that is wrong */
export function readValue<Value>(
  name: string,
  loaded: LoadedConfig,
  given: { readonly flags: Flags; readonly environment: Environment },
): Value {
  const source = sources.find((known) => known.name === name) as Source;
  const setting = readSetting(source, loaded, given);
  const [problem] = listProblems([setting]);
  if (problem !== undefined) throw new CliError('USAGE', problem);
  return setting.value as Value;
}

function readSetting(
  { name, variable, flag, fallback, isList }: Source,
  { config, file }: LoadedConfig,
  { flags, environment }: { readonly flags: Flags; readonly environment: Environment },
): Setting {
  const typed = flag === undefined ? undefined : flags[flag];
  // A list that was not given is empty.
  if (typed !== undefined && !(Array.isArray(typed) && typed.length === 0)) {
    return { name, value: typed, origin: `--${flag}` };
  }
  const set = variable === undefined ? undefined : environment[variable];
  if (set !== undefined && set !== '')
    return { name, value: isList ? [set] : set, origin: variable as string };
  const written = readWritten(config, name);
  if (written !== undefined) return { name, value: written, origin: file as string };
  return { name, value: fallback, origin: 'default' };
}
