/** The login for a registry: of AWS for Amazon ECR, of Docker for all others. */

import { type Connection, EcrError, logIn } from '@optml/ecr';
import { parseRegistryHost } from '@optml/ecr/names';
import type { RegistryCredentials } from '@optml/image';
import { CliError } from '../errors.ts';
import { connectRegion } from '../publish/connect-targets.ts';
import { type LoginOptions, readDockerCredentials } from './docker-credentials.ts';

/**
 * Gets the login for `host`; `undefined` when there is none. For ECR it is a new token of AWS, which one that
 * `docker login` has kept for more than twelve hours is not; where AWS gives none, it is Docker's all the same.
 *
 * @throws CliError `LOGIN_UNREADABLE`
 */
export async function readRegistryLogin(
  host: string,
  options: LoginOptions,
): Promise<RegistryCredentials | undefined> {
  if (!isEcr(host, options)) return readDockerCredentials(host, options);
  try {
    return await logInToEcr(host, options);
  } catch (error) {
    if (!(error instanceof EcrError)) throw error;
    const kept = await readDockerCredentials(host, options);
    if (kept !== undefined) return kept;
    throw new CliError('LOGIN_UNREADABLE', `cannot get the login for ${host}: ${error.message}`, {
      facts: { cause: error.code },
      cause: error,
    });
  }
}

/** An emulator of ECR on this machine has no name of its own. */
function isEcr(host: string, { environment }: LoginOptions): boolean {
  const isLocal = /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(host);
  return parseRegistryHost(host) !== undefined || (isLocal && Boolean(environment.AWS_ENDPOINT_URL_ECR));
}

async function logInToEcr(host: string, options: LoginOptions): Promise<RegistryCredentials | undefined> {
  const registry = parseRegistryHost(host);
  const connection: Connection = await connectRegion(registry?.region, options.environment);
  try {
    const login = await logIn(connection, { registryId: registry?.accountId, signal: options.signal });
    // Another registry of this machine than the emulator's.
    if (registry === undefined && login.endpoint.host !== host)
      return await readDockerCredentials(host, options);
    return login;
  } finally {
    connection.close();
  }
}
