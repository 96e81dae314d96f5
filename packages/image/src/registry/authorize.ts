/** Proves to a registry who asks: Basic, or a token that another server gives for it. */

import { Readable } from 'node:stream';
import { ImageError } from '../errors.ts';
import { type Challenge, parseChallenge } from './parse-challenge.ts';
import type { Connections } from './proxy.ts';
import type { RegistryCredentials } from './registry.ts';
import { type HttpAnswer, type HttpRequest, sendRequest } from './send-request.ts';

/** What is known of a registry's wishes. A class would be no clearer: two functions over a few variables. */
export type Authorizer = ReturnType<typeof createAuthorizer>;

/** A request that was answered with 401. */
interface RefusedRequest {
  readonly scope: string;
  readonly sent: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an authorizer works with. */
export interface AuthorizerOptions {
  readonly host: string;
  readonly credentials: ((signal?: AbortSignal) => Promise<RegistryCredentials | undefined>) | undefined;
  readonly connections: Connections;
  readonly idleTimeoutMs: number;
  /** Whether credentials may go over plain http, outside of this machine too. */
  readonly allowsHttp: boolean;
}

/** A token server's answer is small. */
const largestTokenBytes = 256 * 1024;

export function createAuthorizer(options: AuthorizerOptions) {
  const headers = new Map<string, string>();
  /** Basic is for all scopes. */
  const everywhere = '*';
  return {
    /** The header to send for a scope; `undefined` before the registry has asked. */
    headerFor: (scope: string) => headers.get(scope) ?? headers.get(everywhere),
    /** Learns from a 401 to a request with the header `sent`, and tells whether it is worth asking again. */
    async learn(answer: HttpAnswer, { scope, sent, signal }: RefusedRequest): Promise<boolean> {
      const challenge = parseChallenge(answer.headers['www-authenticate']);
      if (challenge === undefined) return false;
      const known = headers.get(scope) ?? headers.get(everywhere);
      // Of several requests at once, one has learned for all.
      if (known !== undefined && known !== sent) return true;
      const credentials = await options.credentials?.(signal);
      const header =
        challenge.scheme === 'basic'
          ? toBasic(credentials, options.host)
          : await fetchToken(challenge, { credentials, scope, signal, options });
      if (header === undefined) return false;
      headers.set(challenge.scheme === 'basic' ? everywhere : scope, header);
      // The same proof twice would be refused twice.
      return header !== sent;
    },
  };
}

function toBasic(credentials: RegistryCredentials | undefined, host: string): string | undefined {
  if (credentials === undefined) return undefined;
  if ('identityToken' in credentials) {
    throw unauthorized(
      host,
      'asks for a user and a password, and the login is an identity token: log in again',
    );
  }
  const { username, password } = credentials;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

interface TokenRequest {
  readonly credentials: RegistryCredentials | undefined;
  readonly scope: string;
  readonly signal: AbortSignal | undefined;
  readonly options: AuthorizerOptions;
}

async function fetchToken(
  challenge: Challenge & { scheme: 'bearer' },
  { credentials, scope, signal, options }: TokenRequest,
): Promise<string> {
  const url = new URL(challenge.realm);
  const { host, connections, idleTimeoutMs, allowsHttp } = options;
  if (url.protocol !== 'https:' && !isLoopback(url.host) && !allowsHttp) {
    throw unauthorized(
      host,
      `asks for a token from ${url.origin} over plain http: credentials are not sent there`,
    );
  }
  const asked = new URLSearchParams();
  if (challenge.service !== undefined) asked.set('service', challenge.service);
  asked.set('scope', challenge.scope ?? scope);
  const request =
    credentials !== undefined && 'identityToken' in credentials
      ? exchangeToken(url, asked, credentials.identityToken)
      : askForToken(url, asked, toBasic(credentials, host));
  const answer = await sendRequest({ ...request, signal, idleTimeoutMs }, connections);
  const text = await readText(answer);
  const token = answer.status === 200 ? readToken(text) : undefined;
  if (token !== undefined) return `Bearer ${token}`;
  const who = credentials === undefined ? 'without credentials' : 'with these credentials';
  throw unauthorized(
    host,
    `gave no token ${who}: ${url.origin} answered with status ${answer.status}; log in with an account that has access`,
  );
}

type TokenMessage = Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>;

/** Source: Docker's "Token authentication specification". */
function askForToken(url: URL, asked: URLSearchParams, basic: string | undefined): TokenMessage {
  for (const [name, value] of asked) url.searchParams.set(name, value);
  return { method: 'GET', url, headers: basic === undefined ? {} : { authorization: basic } };
}

/** Source: Docker's "Token authentication: OAuth2". */
function exchangeToken(url: URL, asked: URLSearchParams, identityToken: string): TokenMessage {
  const grant = { grant_type: 'refresh_token', client_id: 'optml', refresh_token: identityToken };
  const body = Buffer.from(new URLSearchParams([...Object.entries(grant), ...asked]).toString());
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
  };
  return { method: 'POST', url, headers, body: () => Readable.from([body]) };
}

async function readText({ body }: HttpAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > largestTokenBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readToken(text: string): string | undefined {
  try {
    const { token, access_token } = JSON.parse(text);
    const found = token ?? access_token;
    return typeof found === 'string' && /^[\x21-\x7e]+$/.test(found) ? found : undefined;
  } catch {
    // What is not JSON holds no token; the caller says which status it came with.
    return undefined;
  }
}

function unauthorized(host: string, what: string): ImageError {
  return new ImageError('REGISTRY_UNAUTHORIZED', `the registry ${host} ${what}`);
}

/** Whether a host, with or without a port, is this machine, where registries speak plain http. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}
