/**
 * Reaches routes of the author's through `/invocations`, which is all that the platform lets through: the custom attribute
 * `route=/v1/embeddings` names one, as in the deep-learning containers of AWS.
 */

import type { IncomingMessage } from 'node:http';
import { ServeError } from '../errors/errors.ts';
import { readPath } from './read-path.ts';
import { customAttributesHeader } from './read-request-head.ts';

const routePattern = /(?:^|[,;\s])route=([^,;\s]*)/;

/**
 * Gives the path and query of the route that an invocation asks for; `undefined` where it asks for none.
 *
 * @throws ServeError `ROUTE_NOT_ALLOWED`
 */
export function findInvokedRoute(
  { method, headers }: IncomingMessage,
  allowed: readonly string[],
): string | undefined {
  const route = findNamedRoute({ method, headers });
  if (route === undefined) return undefined;
  if (route.startsWith('/') && allowed.includes(readPath(route))) return route;
  const message = `the custom attribute route=${route} names a route that an invocation cannot reach: use ${allowed.join(', ')}, or leave it out`;
  throw new ServeError('ROUTE_NOT_ALLOWED', message);
}

/** Gives the path and query of the route that an invocation names, whether it may be reached or not. */
export function findNamedRoute({
  method,
  headers,
}: Pick<IncomingMessage, 'method' | 'headers'>): string | undefined {
  return method === 'POST' ? readRoute(headers) : undefined;
}

/**
 * Refuses an invocation of one of several models that asks for a route: none of them belongs to a model.
 *
 * @throws ServeError `ROUTE_NOT_ALLOWED`
 */
export function assertNoRoute({ headers }: IncomingMessage, allowed: readonly string[]): void {
  const route = allowed.length === 0 ? undefined : readRoute(headers);
  if (route === undefined) return;
  const message = `the custom attribute route=${route} names a route of the server, and an invocation of one of several models reaches that model alone: leave it out`;
  throw new ServeError('ROUTE_NOT_ALLOWED', message);
}

function readRoute(headers: IncomingMessage['headers']): string | undefined {
  return routePattern.exec(String(headers[customAttributesHeader] ?? ''))?.[1];
}
