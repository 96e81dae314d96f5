/** What a container lets through of what the platform sends it, in each way to host it. */

import { type Environment, readHostingEnvironment } from '@optml/contract/environment';
import { type HostingMode, requestLimits } from '@optml/contract/limits';
import { readServerOptions } from './read-server-options.ts';
import { marginMs, resolveOptions } from './server-options.ts';

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
        ...findBodyProblems(bodyBytes, { mode, environment }),
        ...findTimeProblems(invocationMs, { mode, environment }),
      ],
    };
  });
}

interface Hosting {
  readonly mode: HostingMode;
  readonly environment: Environment;
}

function findBodyProblems(bytes: number, hosting: Hosting): readonly string[] {
  const platformBytes = requestLimits[hosting.mode].bodyBytes;
  if (bytes >= platformBytes) return [];
  const [own, theirs] = [formatMebibytes(bytes), formatMebibytes(platformBytes)];
  const advice = advise(hosting, 'MAX_CONTENT_LENGTH', platformBytes);
  return [`bodies larger than ${own} are refused, and the platform sends up to ${theirs}: ${advice}`];
}

function findTimeProblems(ms: number, hosting: Hosting): readonly string[] {
  const platformMs = requestLimits[hosting.mode].invocationMs;
  // Somewhat less than the platform waits is intended.
  if (ms <= platformMs && ms >= platformMs - 2 * marginMs) return [];
  const [own, theirs] = [ms / 1_000, platformMs / 1_000];
  const advice = advise(hosting, 'SAGEMAKER_MODEL_SERVER_TIMEOUT', (platformMs - marginMs) / 1_000);
  return [
    ms > platformMs
      ? `the platform gives up after ${theirs} s, before the container answers with a reason at ${own} s: ${advice}`
      : `the container gives up after ${own} s, and the platform waits up to ${theirs} s: ${advice}`,
  ];
}

/** A variable that is set wins over what follows from the mode. */
function advise({ mode, environment }: Hosting, variable: string, value: number): string {
  if (environment[variable] || mode === 'batch transform') return `set ${variable} to ${value}`;
  return mode === 'real-time' ? 'leave OPTML_HOSTING out' : `set OPTML_HOSTING to ${mode}`;
}

function formatMebibytes(bytes: number): string {
  return `${Math.round((bytes / 1024 ** 2) * 100) / 100} MiB`;
}
