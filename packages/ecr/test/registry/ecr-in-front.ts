/** ECR's JSON API in front of any registry: what it stores and gives are the registry's own blobs and manifests. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { EcrFailure } from '../../src/testing/ecr-failure.ts';
import { apiFailure } from '../../src/testing/exchange.ts';
import { readTarget } from '../../src/testing/fake-api.ts';
import { createFrontOperations } from './front-operations.ts';

/** How a front is set up. */
export interface EcrInFrontOptions {
  /** Of a registry that speaks plain http and asks for no login, as `http://127.0.0.1:5000`. */
  readonly registryUrl: string;
  /** The login names the registry itself, whose requests are then not seen here. Default: all go through the front. */
  readonly direct?: boolean | undefined;
}

/** A front that runs. */
export interface EcrInFront {
  readonly url: string;
  /** What makes the AWS SDK use it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Operations of the JSON API, and requests of the registry API as `PUT /v2/...`, with the bytes of their bodies. */
  readonly calls: readonly { readonly operation: string; readonly bodyBytes: number }[];
  close(): Promise<void>;
}

/** Starts a front on a free port of the loopback interface. */
export async function startEcrInFront({
  registryUrl,
  direct = false,
}: EcrInFrontOptions): Promise<EcrInFront & AsyncDisposable> {
  const calls: { operation: string; bodyBytes: number }[] = [];
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const operations = createFrontOperations({ registryUrl, loginUrl: direct ? registryUrl : url });
  server.on('request', (request, response) => {
    const operation = readTarget(request);
    const call = { operation: operation ?? `${request.method} ${request.url}`, bodyBytes: 0 };
    calls.push(call);
    const count = (bytes: number) => {
      call.bodyBytes += bytes;
    };
    if (operation === undefined) passOn(request, response, { registryUrl, count });
    else void answer(request, response, (input) => operations(operation, input), count);
  });
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return {
    url,
    environment: {
      AWS_ENDPOINT_URL_ECR: url,
      AWS_ACCESS_KEY_ID: 'AKIAFAKE',
      AWS_SECRET_ACCESS_KEY: 'fake',
      AWS_REGION: 'us-east-1',
    },
    calls,
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Input = Readonly<Record<string, unknown>>;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  work: (input: Input) => Promise<object>,
  count: (bytes: number) => void,
): Promise<void> {
  const body = await buffer(request);
  count(body.length);
  try {
    response.end(JSON.stringify(await work(JSON.parse(body.toString('utf8')))));
  } catch (error) {
    const known =
      error instanceof EcrFailure ? error : new EcrFailure('ServerException', String(error), { status: 500 });
    const { status, headers, body: text } = apiFailure(known);
    response.writeHead(status, headers).end(text);
  }
}

/** The Host header stays, so that the registry's Locations lead here. */
function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  { registryUrl, count }: { readonly registryUrl: string; readonly count: (bytes: number) => void },
): void {
  const { method, headers, url = '/' } = request;
  const onward = requestHttp(new URL(url, registryUrl), { method, headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  });
  onward.once('error', () => response.destroy());
  request.on('data', (chunk: Buffer) => count(chunk.length));
  request.pipe(onward);
}
