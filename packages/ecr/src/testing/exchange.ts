/** One request and its answer, with the faults that are to hit them. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { EcrFailure } from './ecr-failure.ts';
import type { FakeEcrCall, FakeEcrFault } from './fake-ecr-options.ts';

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Buffer | undefined;
}

/** What is known of a request before its body has come. */
export type RequestHead = Pick<FakeEcrCall, 'operation' | 'face' | 'region' | 'accountId' | 'repository'>;

/** One request that is being answered. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly head: RequestHead;
  readonly fault: FakeEcrFault | undefined;
  /** Is told how it ended. */
  readonly record: (call: FakeEcrCall) => void;
}

/** Reads the body, lets `work` answer, and sends the answer; the fault befalls it at its place. */
export async function carryOut(
  { request, response, head, fault, record }: Exchange,
  work: (body: Buffer, lies: boolean) => Answer,
): Promise<void> {
  const body = await readBody(request, fault);
  const seen = { ...head, bodyBytes: body?.length ?? 0 };
  if (body === undefined) return record({ ...seen, status: 0 });
  const answer = answerWithFault(fault) ?? work(body, fault !== undefined && 'lieAboutDigest' in fault);
  if (fault !== undefined && 'dropAnswer' in fault) {
    record({ ...seen, status: 0 });
    request.socket.destroy();
    return;
  }
  record({ ...seen, status: answer.status });
  send({ request, response, answer, fault });
}

async function readBody(
  request: IncomingMessage,
  fault: FakeEcrFault | undefined,
): Promise<Buffer | undefined> {
  const limit = fault !== undefined && 'dropAfterBytes' in fault ? fault.dropAfterBytes : undefined;
  const chunks: Buffer[] = [];
  let received = 0;
  if (limit === 0) request.socket.destroy();
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      received += chunk.length;
      if (limit !== undefined && received >= limit) request.socket.destroy();
    }
  } catch {
    return undefined;
  }
  return request.complete && !request.socket.destroyed ? Buffer.concat(chunks) : undefined;
}

function answerWithFault(fault: FakeEcrFault | undefined): Answer | undefined {
  if (fault === undefined) return undefined;
  if ('redirectTo' in fault) return { status: 307, headers: { location: fault.redirectTo } };
  if (!('answer' in fault)) return undefined;
  const { type, message = 'injected by the test', status = 400 } = fault.answer;
  return failWith(fault.on, new EcrFailure(type, message, { status }));
}

function failWith(operation: string, failure: EcrFailure): Answer {
  return operation.includes(' ') ? registryFailure(failure) : apiFailure(failure);
}

/** An error of the JSON API. */
export function apiFailure({ type, message, status, fields }: EcrFailure): Answer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type },
    body: JSON.stringify({ __type: type, message, ...fields }),
  };
}

/** An error of the registry API; a type in capitals is a code of its own. */
export function registryFailure({ type, message, status, fields }: EcrFailure): Answer {
  return {
    status,
    headers: status === 401 ? { ...json, 'www-authenticate': basicChallenge } : json,
    body: JSON.stringify({ errors: [{ code: type, message, detail: fields }] }),
  };
}

const json = { 'content-type': 'application/json' };
const basicChallenge = 'Basic realm="https://ecr.amazonaws.com/",service="ecr.amazonaws.com"';

function send({
  request,
  response,
  answer: { status, headers = {}, body = '' },
  fault,
}: Pick<Exchange, 'request' | 'response' | 'fault'> & { readonly answer: Answer }): void {
  const length = headers['content-length'] ?? String(Buffer.byteLength(body));
  response.writeHead(status, { ...headers, 'content-length': length });
  if (request.method === 'HEAD') {
    response.end();
  } else if (fault !== undefined && 'truncateAnswerAfterBytes' in fault) {
    response.write(Buffer.from(body).subarray(0, fault.truncateAnswerAfterBytes), () =>
      request.socket.destroy(),
    );
  } else {
    response.end(body);
  }
}
