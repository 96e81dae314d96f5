/** The REST routes of the Open Inference Protocol v2: health, metadata, and inference by way of an invocation. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServeError } from '../errors/errors.ts';
import type { OpenInferenceModel, WholeReply } from '../invocation/invocation.ts';
import type { InvocationProtocol } from './answer-invocation.ts';
import { writeReply } from './write-reply.ts';

/** Creates the routes of one model. */
export function createOpenInferenceRoutes(model: OpenInferenceModel, isReady: () => boolean) {
  const { modelName, modelVersion } = model;
  const bases = listBases(model);
  const find = (path: string): Answer => {
    if (path === '/v2') return [200, { name: 'optml', version: '2', extensions: [] }];
    if (path === '/v2/health/live') return [200, { live: true }];
    if (path === '/v2/health/ready') return [isReady() ? 200 : 503, { ready: isReady() }];
    const base = bases.find((known) => path === known || path === `${known}/ready`);
    if (base === undefined) return [404, { error: `there is no ${path}: the model is ${bases[0]}` }];
    if (path !== base) return [isReady() ? 200 : 503, { name: modelName, ready: isReady() }];
    const versions = modelVersion === undefined ? [] : [modelVersion];
    return [200, { name: modelName, versions, platform: 'optml', inputs: [], outputs: [] }];
  };
  return {
    /** True for a path of the protocol. */
    owns: (path: string) => path === '/v2' || path.startsWith('/v2/'),
    /** True for the path of an inference request to the model. */
    isInference: (path: string) => bases.some((base) => path === `${base}/infer`),
    /** How an invocation is read and answered in the words of the protocol. */
    protocol: {
      assertSupported: assertNotBinary,
      adaptRequest: (request) => ({ ...request, openInference: model }),
      adaptReply,
    } satisfies InvocationProtocol,
    /** Answers everything but inference. */
    answer(request: IncomingMessage, response: ServerResponse, path: string): void {
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const error = `${path} does not answer ${request.method}: use GET`;
      const found = find(path);
      const [status, body]: Answer = isRead || found[0] === 404 ? found : [405, { error }];
      const allow = status === 405 ? { allow: 'GET, HEAD' } : {};
      writeReply(response, { status, headers: { ...allow, ...json }, body: JSON.stringify(body) });
    },
  };
}

/**
 * Refuses bodies with tensors behind their JSON. Source: kserve/open-inference-protocol, `binary_data_extension.md`.
 *
 * @throws ServeError `CONTENT_TYPE_UNSUPPORTED`
 */
function assertNotBinary({ headers }: IncomingMessage): void {
  if (headers['inference-header-content-length'] === undefined) return;
  const message =
    'the header Inference-Header-Content-Length announces binary tensors, an extension that is not supported: send their data as JSON, for example with binary_data=False';
  throw new ServeError('CONTENT_TYPE_UNSUPPORTED', message);
}

type Answer = readonly [status: number, body: Readonly<Record<string, unknown>>];

const json = { 'content-type': 'application/json' };

/** With the version and without it, names as they are written in a path. */
function listBases({ modelName, modelVersion }: OpenInferenceModel): readonly [string, ...string[]] {
  const base = `/v2/models/${encodeURIComponent(modelName)}`;
  return modelVersion === undefined ? [base] : [base, `${base}/versions/${encodeURIComponent(modelVersion)}`];
}

/** An error of the protocol is a text, and a body without inputs is one. */
function adaptReply(reply: WholeReply): WholeReply {
  const { status, headers, body } = reply;
  if (status === 204) {
    const error = 'the body is empty: send an inference request';
    return { status: 400, headers: { ...headers, ...json }, body: JSON.stringify({ error }) };
  }
  if (status < 400 || typeof body !== 'string') return reply;
  const { error } = JSON.parse(body) as { readonly error: { readonly message: string } };
  return { ...reply, body: JSON.stringify({ error: error.message }) };
}
