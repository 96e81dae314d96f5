/** Requests to one registry: who asks, where it sends one on, and what its answers mean. */

import { ImageError } from '../errors.ts';
import { type Authorizer, createAuthorizer, isLoopback } from './authorize.ts';
import { createConnections } from './proxy.ts';
import type { RegistryOptions } from './registry.ts';
import { explainRefusal, explainSilence } from './registry-fault.ts';
import { retry } from './retry.ts';
import { type HttpAnswer, type HttpRequest, sendRequest } from './send-request.ts';

/** One request as the API's operations see it. */
interface RegistryRequest extends Pick<HttpRequest, 'method' | 'headers' | 'body' | 'signal'> {
  /** From `/v2/` on, or a whole URL that the registry gave. */
  readonly target: string | URL;
  /** As `repository:app:pull`. */
  readonly scope: string;
  /** Finishes the sentence "cannot ...". */
  readonly doing: string;
  /** Statuses that are an answer, not a refusal. */
  readonly accept: readonly number[];
}

/** Sends requests. */
export type RegistryClient = ReturnType<typeof createRegistryClient>;

const mostRedirects = 5;

/** @throws ImageError `REFERENCE_INVALID` for a host that is not valid, `PROXY_INVALID` */
export function createRegistryClient(options: RegistryOptions) {
  const { host, credentials, idleTimeoutMs = 60_000, attempts = 4 } = options;
  const scheme = options.scheme ?? (isLoopback(host) ? 'http' : 'https');
  if (!URL.canParse(`${scheme}://${host}`) || /[/@?#\s]/.test(host)) {
    throw new ImageError(
      'REFERENCE_INVALID',
      `"${host}" is not a registry: write its host, for example registry.example.com`,
    );
  }
  const origin = new URL(`${scheme}://${host}`);
  const connections = createConnections(options.proxy);
  const authorizer = createAuthorizer({
    host,
    credentials,
    connections,
    idleTimeoutMs,
    allowsHttp: options.scheme === 'http',
  });
  const once = (request: HttpRequest) => sendRequest(request, connections);
  /** Sends once. Resolves with an answer whose status is accepted; its body must be read or destroyed. */
  const send = async (request: RegistryRequest): Promise<HttpAnswer> => {
    try {
      const answer = await sendAuthorized(request, { origin, authorizer, once, idleTimeoutMs });
      if (request.accept.includes(answer.status)) return answer;
      throw await explainRefusal(answer, request.doing, host);
    } catch (error) {
      throw explainSilence(error, request.doing, { host, proxy: options.proxy });
    }
  };
  /** Sends and reads until that succeeds or fails for good. What `read` leaves of a body is passed over. */
  const ask = <Value>(request: RegistryRequest, read: (answer: HttpAnswer) => Value | Promise<Value>) =>
    retry(
      async () => {
        const answer = await send(request);
        try {
          return await read(answer);
        } finally {
          answer.body.resume();
        }
      },
      { attempts, signal: request.signal },
    );
  return { host, scheme, attempts, send, ask };
}

interface Line {
  readonly origin: URL;
  readonly authorizer: Authorizer;
  readonly idleTimeoutMs: number;
  once(request: HttpRequest): Promise<HttpAnswer>;
}

/** A request with a body is not sent again here: its caller starts a new upload. */
async function sendAuthorized(request: RegistryRequest, line: Line): Promise<HttpAnswer> {
  const { scope, signal } = request;
  const sent = line.authorizer.headerFor(scope);
  const answer = await follow(request, line);
  if (answer.status !== 401 || request.accept.includes(401)) return answer;
  if (!(await line.authorizer.learn(answer, { scope, sent, signal }))) return answer;
  if (request.body !== undefined) {
    answer.body.destroy();
    const why = `cannot ${request.doing}: the login expired on the way: starting again`;
    throw new ImageError('REGISTRY_UNAUTHORIZED', why, { status: 401, retryable: true });
  }
  answer.body.resume();
  return follow(request, line);
}

/** Follows redirects of reads. Another host never gets the credentials. */
async function follow(
  request: RegistryRequest,
  { origin, authorizer, once, idleTimeoutMs }: Line,
): Promise<HttpAnswer> {
  const { method, scope, headers, body, signal, doing } = request;
  let url = new URL(request.target, origin);
  for (let redirects = 0; ; redirects++) {
    const authorization = url.origin === origin.origin ? authorizer.headerFor(scope) : undefined;
    const sent = authorization === undefined ? headers : { ...headers, authorization };
    const answer = await once({ method, url, headers: sent, body, signal, idleTimeoutMs });
    const { location } = answer.headers;
    const isRead = method === 'GET' || method === 'HEAD';
    if (!isRead || ![301, 302, 303, 307, 308].includes(answer.status) || location === undefined)
      return answer;
    answer.body.resume();
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (redirects >= mostRedirects || next === undefined || isDowngrade(url, next)) {
      throw new ImageError(
        'REGISTRY_REFUSED',
        `cannot ${doing}: ${url.host} redirects to ${JSON.stringify(location.slice(0, 200))}, which is not followed: ${next === undefined ? 'it is not a URL' : redirects >= mostRedirects ? 'there were too many redirects' : 'it leaves https'}`,
      );
    }
    url = next;
  }
}

function isDowngrade(from: URL, to: URL): boolean {
  return (
    (to.protocol !== 'https:' && to.protocol !== 'http:') ||
    (from.protocol === 'https:' && to.protocol === 'http:')
  );
}
