/** A registry for tests, over node:http: its store is a map, and each answer can be replaced by a fault. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Answers a request itself and returns true, or leaves it to the registry. */
type Fault = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

/** What the registry holds, and what it was asked. */
export interface FakeRegistry {
  readonly host: string;
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, { readonly bytes: Buffer; readonly mediaType: string }>;
  /** As `METHOD /path`. */
  readonly requests: string[];
  readonly authorizations: (string | undefined)[];
  fault: Fault;
}

/** Starts it on loopback; it ends with the test. */
export async function startFakeRegistry(): Promise<FakeRegistry> {
  const server = createServer((request, response) => {
    void handle(registry, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const registry: FakeRegistry = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    blobs: new Map(),
    manifests: new Map(),
    requests: [],
    authorizations: [],
    fault: () => false,
  };
  return registry;
}

/** The digest of bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function handle(
  registry: FakeRegistry,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', url = '' } = request;
  registry.requests.push(`${method} ${url.split('?')[0]}`);
  registry.authorizations.push(request.headers.authorization);
  if (await registry.fault(request, response)) return;
  const { pathname, searchParams } = new URL(url, 'http://registry');
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    // The client has gone; so has the answer.
    return;
  }
  const body = Buffer.concat(chunks);
  if (method === 'POST')
    return void response.writeHead(202, { location: `/upload/${crypto.randomUUID()}?state=a` }).end();
  if (method === 'DELETE') return void response.writeHead(204).end();
  if (method === 'PUT' && pathname.startsWith('/upload/')) {
    const digest = searchParams.get('digest') ?? '';
    if (digest !== digestOf(body)) return refuse(response, 400, 'DIGEST_INVALID');
    registry.blobs.set(digest, body);
    return void response.writeHead(201).end();
  }
  const name = pathname.slice(pathname.lastIndexOf('/') + 1);
  if (method === 'PUT') {
    const stored = { bytes: body, mediaType: request.headers['content-type'] ?? '' };
    for (const key of [name, digestOf(body)]) registry.manifests.set(key, stored);
    return void response.writeHead(201, { 'docker-content-digest': digestOf(body) }).end();
  }
  const manifest = pathname.includes('/manifests/') ? registry.manifests.get(name) : undefined;
  const bytes = manifest?.bytes ?? registry.blobs.get(name);
  if (bytes === undefined) return refuse(response, 404, 'BLOB_UNKNOWN');
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const rest = bytes.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': rest.length,
    ...(manifest !== undefined && { 'content-type': manifest.mediaType }),
  });
  response.end(method === 'HEAD' ? undefined : rest);
}

/** Answers as a registry refuses. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, headers).end(JSON.stringify({ errors: [{ code, message: `no: ${code}` }] }));
}
