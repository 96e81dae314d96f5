/** What a container lets through of what the platform sends it, in each way to host it. */

import { type Environment, readHostingEnvironment } from '@optml/contract/environment';
import { type HostingMode, requestLimits } from '@optml/contract/limits';
import { readServerOptions } from './read-server-options.ts';
import { resolveOptions } from './server-options.ts';

/** The limits of a request in one hosting mode: the container's, beside the platform's. */
export interface ContainerLimits {
  readonly mode: HostingMode;
  readonly bodyBytes: number;
  readonly platformBodyBytes: number;
  readonly invocationMs: number;
  readonly platformInvocationMs: number;
  /** What fails in this mode, and what to set; empty where nothing does. */
  readonly problems: readonly string[];
}

/**
 * Gives the limits of a container with these variables, in each hosting mode.
 *
 * @throws ContractError `ENVIRONMENT_INVALID`
 */
export function describeLimits(environment: Environment): readonly ContainerLimits[] {
  return (Object.keys(requestLimits) as HostingMode[]).map((mode) => {
    const SAGEMAKER_BATCH = String(mode === 'batch transform');
    const hosting = readHostingEnvironment({ ...environment, SAGEMAKER_BATCH });
    const { bodyBytes, invocationMs } = resolveOptions(readServerOptions(hosting, { write() {} })).limits;
    return {
      mode,
      bodyBytes,
      platformBodyBytes: requestLimits[mode].bodyBytes,
      invocationMs,
      platformInvocationMs: requestLimits[mode].invocationMs,
      problems: [
        ...findBodyProblems(bodyBytes, mode, environment),
        ...findTimeProblems(invocationMs, mode, environment),
      ],
    };
  });
}

function findBodyProblems(bytes: number, mode: HostingMode, environment: Environment): readonly string[] {
  const platformBytes = requestLimits[mode].bodyBytes;
  if (bytes >= platformBytes) return [];
  const sizes = `${formatMebibytes(bytes)} of the ${formatMebibytes(platformBytes)} that a request may have`;
  const advice = advise(mode, environment, { MAX_CONTENT_LENGTH: platformBytes });
  return [`larger bodies than ${sizes} are refused: ${advice}`];
}

/** Some seconds less than the platform waits are meant: the client then gets the container's reason. */
const usualMarginMs = 10_000;

function findTimeProblems(ms: number, mode: HostingMode, environment: Environment): readonly string[] {
  const platformMs = requestLimits[mode].invocationMs;
  if (ms <= platformMs && ms >= platformMs - usualMarginMs) return [];
  const [own, theirs] = [ms / 1_000, platformMs / 1_000];
  const advice = advise(mode, environment, { SAGEMAKER_MODEL_SERVER_TIMEOUT: theirs - 5 });
  return [
    ms > platformMs
      ? `the platform gives up after ${theirs} s, before the container answers with a reason at ${own} s: ${advice}`
      : `the container gives an answer up after ${own} s, and the platform can wait ${theirs} s: ${advice}`,
  ];
}

/** A variable that is set wins over what follows from the mode. */
function advise(
  mode: HostingMode,
  environment: Environment,
  variables: Readonly<Record<string, number>>,
): string {
  const [[name, value] = []] = Object.entries(variables);
  if (environment[name ?? ''] || mode === 'batch transform') return `set ${name} to ${value}`;
  return mode === 'real-time' ? 'leave OPTML_HOSTING out' : `set OPTML_HOSTING to ${mode}`;
}

function formatMebibytes(bytes: number): string {
  return `${Math.round((bytes / 1024 ** 2) * 100) / 100} MiB`;
}
