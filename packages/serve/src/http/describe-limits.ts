/** What a container lets through of what the platform sends it, in each way to host it. */

import { type Environment, readHostingEnvironment } from '@optml/contract/environment';
import { type HostingMode, hostingModes } from '@optml/contract/limits';
import { readServerOptions } from './read-server-options.ts';
import { resolveOptions } from './server-options.ts';

/** The limits of a request in one hosting mode: the container's, beside the platform's. */
export interface RequestLimits {
  readonly mode: HostingMode['name'];
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
export function describeLimits(environment: Environment): readonly RequestLimits[] {
  return hostingModes.map((mode) => {
    const hosting = readHostingEnvironment({ ...environment, ...mode.environment });
    const { bodyBytes, invocationMs } = resolveOptions(readServerOptions(hosting, { write() {} })).limits;
    return {
      mode: mode.name,
      bodyBytes,
      platformBodyBytes: mode.bodyBytes,
      invocationMs,
      platformInvocationMs: mode.invocationMs,
      problems: [...findBodyProblems(bodyBytes, mode), ...findTimeProblems(invocationMs, mode)],
    };
  });
}

function findBodyProblems(bytes: number, mode: HostingMode): readonly string[] {
  if (bytes >= mode.bodyBytes) return [];
  const limits = `${formatMebibytes(bytes)} of the ${formatMebibytes(mode.bodyBytes)} that a request may have`;
  return [`larger bodies than ${limits} are refused: set MAX_CONTENT_LENGTH to ${mode.bodyBytes}`];
}

/** Some seconds less than the platform waits are meant: the client then gets the reason from the container. */
const usualMarginMs = 10_000;

function findTimeProblems(ms: number, { invocationMs: platformMs }: HostingMode): readonly string[] {
  const [own, theirs] = [ms / 1_000, platformMs / 1_000];
  if (ms > platformMs) {
    return [
      `the platform gives up after ${theirs} s, before the container answers with a reason at ${own} s: set SAGEMAKER_MODEL_SERVER_TIMEOUT to ${theirs - 5}`,
    ];
  }
  if (ms >= platformMs - usualMarginMs) return [];
  return [
    `an answer that takes longer than ${own} s of the ${theirs} s that the platform can wait is given up: set SAGEMAKER_MODEL_SERVER_TIMEOUT to what the model needs`,
  ];
}

function formatMebibytes(bytes: number): string {
  return `${Math.round((bytes / 1024 ** 2) * 100) / 100} MiB`;
}
