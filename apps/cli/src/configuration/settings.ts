/** What can be set, and where: by a flag, a variable, the project's file, or a default, in this order. */

import type { Environment } from '@optml/contract/environment';
import type { LoadedConfig } from './load-config.ts';
import type { BatchingConfig, OpenInferenceConfig, ProjectConfig, ServerConfig } from './project-config.ts';

/** One value. */
export interface Setting {
  /** As in `image.base`. */
  readonly name: string;
  /** `undefined` where nobody says anything and there is no default that optml knows. */
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

type ServerSetting =
  | Exclude<keyof ServerConfig, 'batching' | 'openInference'>
  | `batching.${keyof BatchingConfig}`
  | `openInference.${keyof OpenInferenceConfig}`;

/** What a container of the project reads from its environment, by the name in the configuration. */
const serverVariables = {
  isolation: 'OPTML_ISOLATION',
  workers: 'SAGEMAKER_MODEL_SERVER_WORKERS',
  timeoutSeconds: 'SAGEMAKER_MODEL_SERVER_TIMEOUT',
  maximumBodyBytes: 'MAX_CONTENT_LENGTH',
  defaultAccept: 'SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT',
  'batching.maximumSize': 'OPTML_BATCHING_MAXIMUM_SIZE',
  'batching.maximumDelayMs': 'OPTML_BATCHING_MAXIMUM_DELAY_MS',
  'openInference.modelName': 'OPTML_OPEN_INFERENCE_MODEL',
  'openInference.modelVersion': 'OPTML_OPEN_INFERENCE_VERSION',
  playground: 'OPTML_PLAYGROUND',
  metrics: 'OPTML_METRICS',
  accessLog: 'OPTML_ACCESS_LOG',
  logFormat: 'OPTML_LOG_FORMAT',
} as const satisfies Record<ServerSetting, string>;

/** The variables that a container gets for the project's server; they go below what else sets them. */
export function listServerVariables(config: ProjectConfig): Readonly<Record<string, string>> {
  const all = Object.entries(serverVariables).map(
    ([name, variable]) => [variable, readWritten(config, `server.${name}`)] as const,
  );
  const set = all.filter(([, value]) => value !== undefined);
  return Object.fromEntries(set.map(([variable, value]) => [variable, String(value)]));
}

/** What the file says: `name` leads there, from object to object. */
function readWritten(config: ProjectConfig, name: string): unknown {
  const enter = (object: unknown, key: string) =>
    (object as Readonly<Record<string, unknown>> | undefined)?.[key];
  return name.split('.').reduce(enter, config);
}

/** What was given on the command line, by the name of the flag. */
export type Flags = Readonly<Record<string, unknown>>;

/** Every value with its origin; `name` is that of the image, where none is written. */
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
  }));
  const image = loaded.config.image?.name ?? name;
  const ofProject = sources.map((source) => {
    const isNamed = source.name === 'image.name' || source.name === 'registry.repository';
    return isNamed ? { ...source, fallback: image } : source;
  });
  return [...ofProject, ...ofServer].map((source) => readSetting(source, loaded, { flags, environment }));
}

/** One value, by its name. */
export function readValue<Value>(
  name: string,
  loaded: LoadedConfig,
  given: { readonly flags: Flags; readonly environment: Environment },
): Value {
  const source = sources.find((known) => known.name === name) as Source;
  return readSetting(source, loaded, given).value as Value;
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
