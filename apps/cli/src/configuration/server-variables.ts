/** The variables of a container by the settings of the project's server. */

import type {
  BatchingConfig,
  DrainConfig,
  OpenInferenceConfig,
  ProjectConfig,
  ServerConfig,
  SessionsConfig,
} from './project-config.ts';

type ServerSetting =
  | Exclude<keyof ServerConfig, 'batching' | 'openInference' | 'sessions' | 'drain'>
  | `batching.${keyof BatchingConfig}`
  | `openInference.${keyof OpenInferenceConfig}`
  | `sessions.${keyof SessionsConfig}`
  | `drain.${keyof DrainConfig}`;

/** What a container of the project reads from its environment, by the name in the configuration. */
export const serverVariables = {
  hosting: 'OPTML_HOSTING',
  isolation: 'OPTML_ISOLATION',
  workers: 'SAGEMAKER_MODEL_SERVER_WORKERS',
  timeoutSeconds: 'SAGEMAKER_MODEL_SERVER_TIMEOUT',
  streamTimeoutSeconds: 'OPTML_STREAM_TIMEOUT_SECONDS',
  connectionTimeoutSeconds: 'OPTML_CONNECTION_TIMEOUT_SECONDS',
  workerConnections: 'OPTML_WORKER_CONNECTIONS',
  maximumBodyBytes: 'MAX_CONTENT_LENGTH',
  defaultAccept: 'SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT',
  'batching.maximumSize': 'OPTML_BATCHING_MAXIMUM_SIZE',
  'batching.maximumDelayMs': 'OPTML_BATCHING_MAXIMUM_DELAY_MS',
  'openInference.modelName': 'OPTML_OPEN_INFERENCE_MODEL',
  'openInference.modelVersion': 'OPTML_OPEN_INFERENCE_VERSION',
  'sessions.isEnabled': 'SAGEMAKER_ENABLE_STATEFUL_SESSIONS',
  'sessions.expirySeconds': 'SAGEMAKER_SESSIONS_EXPIRATION',
  'drain.graceMs': 'OPTML_DRAIN_GRACE_MS',
  'drain.silenceMs': 'OPTML_DRAIN_SILENCE_MS',
  playground: 'OPTML_PLAYGROUND',
  metrics: 'OPTML_METRICS',
  accessLog: 'OPTML_ACCESS_LOG',
  logFormat: 'OPTML_LOG_FORMAT',
} as const satisfies Record<ServerSetting, string>;

/** The variables that a container gets for the project's server; they go below what else sets them. */
export function listServerVariables(config: ProjectConfig): Readonly<Record<string, string>> {
  return toVariables((name) => readWritten(config, name));
}

/** The variables of a container by the values that `read` gives for names such as `server.workers`. */
export function toVariables(read: (name: string) => unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(serverVariables).flatMap(([name, variable]) => {
    const value = read(`server.${name}`);
    return value === undefined ? [] : [[variable, String(value)]];
  });
  return Object.fromEntries(entries);
}

/** The variable of a setting such as `server.workers`; `undefined` where the server has none of it. */
export function nameVariable(setting: string): string | undefined {
  const variables: Readonly<Record<string, string>> = serverVariables;
  return setting.startsWith('server.') ? variables[setting.slice('server.'.length)] : undefined;
}

/** What the file says: `name` leads there, from object to object. */
export function readWritten(config: ProjectConfig, name: string): unknown {
  const enter = (object: unknown, key: string) =>
    (object as Readonly<Record<string, unknown>> | undefined)?.[key];
  return name.split('.').reduce(enter, config);
}
