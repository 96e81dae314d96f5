/** Answers `/openapi.json`: what the server takes and gives, once its model is loaded. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createErrorReply } from '../invocation/error-reply.ts';
import type { WholeReply } from '../invocation/invocation.ts';
import type { ModelHandle } from '../model/model-handle.ts';
import { createOpenApiDocument, type DocumentOptions } from '../self-description/open-api-document.ts';
import { refuseMethod } from './refuse-method.ts';
import { writeReply } from './write-reply.ts';

export interface AnswerOpenApiOptions extends DocumentOptions {
  /** Gives the model; throws the reason when there is none. */
  getModel(): ModelHandle;
}

/** Answers with the document, or with the reason why the predictor is not known. */
export async function answerOpenApi(
  request: IncomingMessage,
  response: ServerResponse,
  options: AnswerOpenApiOptions,
): Promise<void> {
  if (!refuseMethod('/openapi.json', request, response)) writeReply(response, await createReply(options));
}

async function createReply({ getModel, ...options }: AnswerOpenApiOptions): Promise<WholeReply> {
  try {
    const document = createOpenApiDocument(await getModel().describe(), options);
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
    return { status: 200, headers, body: JSON.stringify(document) };
  } catch (error) {
    return createErrorReply(error);
  }
}
