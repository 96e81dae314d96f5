/** Answers invocations with the author's predictor; runs where the user code runs. */

import { createBatcher } from '../batching/create-batcher.ts';
import { createErrorReply } from '../error-reply.ts';
import { type Logger, withFields } from '../logger.ts';
import type { InvocationRequest, StoredBody, WholeReply } from '../model-handle.ts';
import { reportFailure } from '../report-failure.ts';
import { InvocationContext } from './invocation-context.ts';
import type { LoadedPredictor } from './load-predictor.ts';
import { createMediaTypes } from './media-types.ts';
import { abandoned, type Prediction, type Ticket } from './prediction.ts';
import { emptyReply, finishInvocation, prepareInvocation, toPredictorError } from './prepare-invocation.ts';
import { readStoredBody } from './read-stored-body.ts';

export interface InvokerOptions {
  readonly defaultAccept: string | undefined;
  readonly log: Logger;
}

/** Never throws and never rejects: an error is a reply, and its stack is in the log. `undefined` when nobody waits. */
export type Invoke = (
  request: InvocationRequest,
  ticket: Ticket,
) => WholeReply | undefined | Promise<WholeReply | undefined>;

/** Creates the function that answers; that of a predictor with `predictBatch` gathers requests. */
export function createInvoker(predictor: LoadedPredictor, options: InvokerOptions): Invoke {
  const { defaultAccept, log } = options;
  const { definition } = predictor;
  const prepareOptions = { mediaTypes: createMediaTypes(definition.codecs), defaultAccept };
  const predict = definition.predictBatch === undefined ? predictAlone : createBatcher(predictor, log);
  const fail: Fail = (error, { requestId }, { cancellation }) => {
    reportFailure(error, withFields(log, { requestId }), cancellation.reason !== undefined);
    return createErrorReply(error);
  };
  const invokeWith: InvokeWith = (request, body, ticket) => {
    if (ticket.cancellation.reason !== undefined || !ticket.begin()) return undefined;
    if (body.length === 0) return emptyReply;
    try {
      const prepared = prepareInvocation(definition, request, body, prepareOptions);
      const output = predict({ predictor, request, prepared, ticket, log });
      if (!isPromise(output)) return finishInvocation(definition, output, prepared);
      return output
        .then((value) => (value === abandoned ? undefined : finishInvocation(definition, value, prepared)))
        .catch((error: unknown) => fail(error, request, ticket));
    } catch (error) {
      return fail(error, request, ticket);
    }
  };
  return (request, ticket) => {
    const { body } = request;
    if (typeof body === 'string' || body instanceof Uint8Array) return invokeWith(request, body, ticket);
    return invokeStored(request, body, ticket, { invokeWith, fail });
  };
}

/** Says in the log what went wrong, and makes it a reply. */
type Fail = (error: unknown, request: InvocationRequest, ticket: Ticket) => WholeReply;

type InvokeWith = (
  request: InvocationRequest,
  body: string | Uint8Array,
  ticket: Ticket,
) => ReturnType<Invoke>;

async function invokeStored(
  request: InvocationRequest,
  stored: StoredBody,
  ticket: Ticket,
  { invokeWith, fail }: { readonly invokeWith: InvokeWith; readonly fail: Fail },
): Promise<WholeReply | undefined> {
  // It may wait on disk for long: what nobody wants any more is not read.
  if (ticket.cancellation.reason !== undefined) return undefined;
  try {
    return await invokeWith(request, await readStoredBody(stored), ticket);
  } catch (error) {
    return fail(error, request, ticket);
  }
}

function predictAlone({ predictor, request, prepared, ticket, log }: Prediction): unknown {
  const { cancellation } = ticket;
  const facts = { request, prepared, cancellation, log };
  try {
    const output = predictor.definition.predict?.(
      prepared.instances,
      new InvocationContext(predictor.model, facts),
    );
    if (!isPromise(output)) return output;
    return output.then(undefined, (cause: unknown) => {
      throw toPredictorError(cause);
    });
  } catch (cause) {
    throw toPredictorError(cause);
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return (
    value instanceof Promise || typeof (value as { readonly then?: unknown } | null)?.then === 'function'
  );
}
