/** Finds a registry's login where `docker login` keeps it. */

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RegistryCredentials } from '@optml/image';
import { CliError } from '../errors.ts';

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
}

/** Docker Hub's login is kept under a name of its own. */
const hubName = 'https://index.docker.io/v1/';

/**
 * Reads the login for `host` from Docker's config file; `undefined` when there is none. A login that a credential
 * helper keeps is not found.
 *
 * @throws CliError `IMAGE_NOT_BUILT` for a config that is not JSON.
 */
export async function readDockerCredentials(
  host: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RegistryCredentials | undefined> {
  const folder = environment.DOCKER_CONFIG ?? join(environment.HOME ?? homedir(), '.docker');
  const config = await readConfig(join(folder, 'config.json'));
  if (config === undefined) return undefined;
  const name = host === 'registry-1.docker.io' ? hubName : host;
  const auth = (config.auths?.[name] ?? config.auths?.[`https://${name}`])?.auth;
  if (auth === undefined || auth === '') return undefined;
  const [username = '', ...rest] = Buffer.from(auth, 'base64').toString('utf8').split(':');
  return { username, password: rest.join(':').replace(/\0+$/, '') };
}

async function readConfig(file: string): Promise<DockerConfig | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = `cannot read the logins of Docker: ${file} is not JSON: ${(cause as Error).message}; mend it, or log in again`;
    throw new CliError('IMAGE_NOT_BUILT', why, { cause });
  }
}
