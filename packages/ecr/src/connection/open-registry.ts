/** The registry API of an account: logs in with GetAuthorizationToken, whose `proxyEndpoint` says where it is. */

import { createRegistry, type Registry } from '@optml/image';
import { EcrError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { formatRegistryHost, parseRegistryHost } from './registry-host.ts';

/** How a login is used. */
export interface LoginOptions {
  /** The account whose registry it is; one token is good for all of them. */
  readonly registryId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A login: what Docker calls user name and password, and where it is good. */
export interface Login {
  readonly username: string;
  readonly password: string;
  /** Scheme and host, for example `https://123456789012.dkr.ecr.us-east-1.amazonaws.com`. */
  readonly endpoint: URL;
  /** Twelve hours after it was given. */
  readonly expiresAt: Date | undefined;
}

/**
 * Gets a login for the registry API.
 *
 * @throws EcrError what the call throws
 */
export async function logIn(
  connection: Connection,
  { registryId, signal }: LoginOptions = {},
): Promise<Login> {
  const { authorizationData = [] } = await connection.call('GetAuthorizationToken', {}, { signal });
  const { authorizationToken = '', proxyEndpoint = '', expiresAt } = authorizationData[0] ?? {};
  const [username = '', ...rest] = Buffer.from(authorizationToken, 'base64').toString('utf8').split(':');
  if (!URL.canParse(proxyEndpoint) || username === '' || rest.length === 0) {
    throw new EcrError(
      'REQUEST_REFUSED',
      `GetAuthorizationToken in ${connection.region} returned no token for a registry (proxyEndpoint "${proxyEndpoint}"): check AWS_ENDPOINT_URL_ECR`,
    );
  }
  return {
    username,
    password: rest.join(':'),
    endpoint: chooseHost(new URL(proxyEndpoint), registryId),
    expiresAt,
  };
}

/** The token names the caller's own registry; that of another account differs in its first twelve digits. */
function chooseHost(endpoint: URL, registryId: string | undefined): URL {
  const own = parseRegistryHost(endpoint.host);
  if (own === undefined || registryId === undefined || own.accountId === registryId) return endpoint;
  return new URL(`${endpoint.protocol}//${formatRegistryHost({ ...own, accountId: registryId })}`);
}

/** How old a token must be before a registry that refuses it gets another: several requests may ask for it at once. */
const renewAfterMs = 5 * 60_000;

/** Opens the registry of an account; the token is got again when it has grown old. */
export async function openRegistry(connection: Connection, options: LoginOptions = {}): Promise<Registry> {
  const first = await logIn(connection, options);
  let current = Promise.resolve(first);
  let startedMs = performance.now();
  return createRegistry({
    host: first.endpoint.host,
    proxy: connection.proxy,
    scheme: first.endpoint.protocol === 'http:' ? 'http' : 'https',
    credentials(signal) {
      if (performance.now() - startedMs > renewAfterMs) {
        startedMs = performance.now();
        current = logIn(connection, { ...options, signal });
      }
      return current;
    },
  });
}
