/** What a container lets through of what the platform sends it, in each way to host it. */

import { type Environment, readHostingEnvironment } from '@optml/contract/environment';
import { type HostingMode, limits as platformLimits, requestLimits } from '@optml/contract/limits';
import { readServerOptions } from './read-server-options.ts';
import { marginMs, resolveOptions } from './server-options.ts';

/** The limits of a request in one hosting mode: the container's, beside the platform's. */
export interface ContainerLimits {
  readonly mode: HostingMode | 'response streaming' | 'bidirectional streaming' | 'multi-model';
  /** Of a body, or of one message of a connection. */
  readonly bodyBytes: number;
  /** `undefined` for messages: the platform names no limit. */
  readonly platformBodyBytes: number | undefined;
  /** To the end of the answer, or of the connection. */
  readonly invocationMs: number;
  readonly platformInvocationMs: number;
  /** What fails in this mode, and what to set; empty where nothing does. */
  readonly problems: readonly string[];
}

/** Which of the times counts, where it is set, and how much less than the platform waits it should be. */
const times = {
  answer: { limit: 'invocationMs', variable: 'SAGEMAKER_MODEL_SERVER_TIMEOUT', marginMs },
  stream: { limit: 'streamMs', variable: 'OPTML_STREAM_TIMEOUT_SECONDS', marginMs: 0 },
  connection: { limit: 'connectionMs', variable: 'OPTML_CONNECTION_TIMEOUT_SECONDS', marginMs: 0 },
} as const;

interface Mode {
  readonly mode: ContainerLimits['mode'];
  readonly hosting: HostingMode;
  readonly time: keyof typeof times;
  /** What the platform sets. */
  readonly variables?: Environment;
}

const modes: readonly Mode[] = [
  { mode: 'real-time', hosting: 'real-time', time: 'answer' },
  { mode: 'response streaming', hosting: 'real-time', time: 'stream' },
  { mode: 'bidirectional streaming', hosting: 'real-time', time: 'connection' },
  {
    mode: 'multi-model',
    hosting: 'real-time',
    time: 'answer',
    variables: { SAGEMAKER_MULTI_MODEL: 'true' },
  },
  { mode: 'serverless', hosting: 'serverless', time: 'answer' },
  { mode: 'asynchronous', hosting: 'asynchronous', time: 'answer' },
  {
    mode: 'batch transform',
    hosting: 'batch transform',
    time: 'answer',
    variables: { SAGEMAKER_BATCH: 'true' },
  },
];

interface Container {
  readonly environment: Environment;
  readonly nameOf: (variable: string) => string;
}

/**
 * Gives the limits of a container with these variables, in each hosting mode. `nameOf` gives what problems call a
 * variable, for example the setting of a file that it comes from.
 *
 * @throws ContractError `ENVIRONMENT_INVALID`
 */
export function describeLimits(
  environment: Environment,
  nameOf: Container['nameOf'] = (variable) => variable,
): readonly ContainerLimits[] {
  return modes.map((mode) => {
    const variables = readHostingEnvironment({ ...environment, ...mode.variables });
    const own = resolveOptions(readServerOptions(variables, { write() {} })).limits;
    const platform = { connectionMs: platformLimits.connectionMs, ...requestLimits[mode.hosting] };
    const { limit } = times[mode.time];
    const limits = {
      mode: mode.mode,
      bodyBytes: own.bodyBytes,
      platformBodyBytes: mode.time === 'connection' ? undefined : platform.bodyBytes,
      invocationMs: own[limit],
      platformInvocationMs: platform[limit],
    };
    const container = { environment, nameOf };
    const problems = [
      ...findBodyProblems(limits, mode, container),
      ...findTimeProblems(limits, mode, container),
      ...findProtocolProblems(mode, container),
    ];
    return { ...limits, problems };
  });
}

type Limits = Omit<ContainerLimits, 'problems'>;

function findBodyProblems(
  { bodyBytes, platformBodyBytes }: Limits,
  mode: Mode,
  container: Container,
): readonly string[] {
  if (platformBodyBytes === undefined || bodyBytes >= platformBodyBytes) return [];
  const [own, theirs] = [formatMebibytes(bodyBytes), formatMebibytes(platformBodyBytes)];
  const advice = advise(mode, container, { variable: 'MAX_CONTENT_LENGTH', value: platformBodyBytes });
  return [`bodies larger than ${own} are refused, and the platform sends up to ${theirs}: ${advice}`];
}

function findTimeProblems(
  { invocationMs, platformInvocationMs }: Limits,
  mode: Mode,
  container: Container,
): readonly string[] {
  const { variable, marginMs: margin } = times[mode.time];
  // Somewhat less than the platform waits is intended.
  if (invocationMs <= platformInvocationMs && invocationMs >= platformInvocationMs - 2 * margin) return [];
  const [own, theirs] = [invocationMs / 1_000, platformInvocationMs / 1_000];
  const advice = advise(mode, container, { variable, value: (platformInvocationMs - margin) / 1_000 });
  return [
    invocationMs > platformInvocationMs
      ? `the platform gives up after ${theirs} s, before the container answers with a reason at ${own} s: ${advice}`
      : `the container gives up after ${own} s, and the platform waits up to ${theirs} s: ${advice}`,
  ];
}

function findProtocolProblems({ mode }: Mode, { environment, nameOf }: Container): readonly string[] {
  const variable = 'OPTML_OPEN_INFERENCE_MODEL';
  if (mode !== 'multi-model' || !environment[variable]) return [];
  return [`the Open Inference Protocol serves one model, and is not answered: leave ${nameOf(variable)} out`];
}

/** A variable that is set wins over what follows from the mode. */
function advise(
  { hosting }: Mode,
  { environment, nameOf }: Container,
  { variable, value }: { readonly variable: string; readonly value: number },
): string {
  if (environment[variable] || hosting === 'batch transform') return `set ${nameOf(variable)} to ${value}`;
  const name = nameOf('OPTML_HOSTING');
  return hosting === 'real-time' ? `leave ${name} out` : `set ${name} to ${hosting}`;
}

/** As `1.43 MiB`, or in bytes where that says nothing. */
export function formatMebibytes(bytes: number): string {
  const mebibytes = Math.round((bytes / 1024 ** 2) * 100) / 100;
  return mebibytes === 0 ? `${bytes} bytes` : `${mebibytes} MiB`;
}
