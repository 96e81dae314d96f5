/** Answers invocations with the author's predictor; runs where the user code runs. */

import { type Log, withFields } from '@optml/contract/log';
import type { MediaTypes } from '../bodies/media-types.ts';
import { readStoredBody } from '../bodies/read-stored-body.ts';
import { reportFailure } from '../errors/report-failure.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import type { InvocationReply, InvocationRequest, StoredBody, WholeReply } from '../invocation/invocation.ts';
import { InvocationClock } from '../invocation/invocation-clock.ts';
import { sessionHeader } from '../invocation/session-use.ts';
import type { RunInTrace } from '../observability/load-trace-api.ts';
import { InvocationContext } from './invocation-context.ts';
import type { LoadedPredictor } from './load-predictor.ts';
import { abandoned, type Invoke, type Prediction, type Ticket } from './prediction.ts';
import { emptyReply, finishInvocation, prepareInvocation, toPredictorError } from './prepare-invocation.ts';
import { createDisabledError } from './session-options.ts';
import type { SessionStore } from './session-store.ts';
import { streamPrediction } from './stream-prediction.ts';
import { isStream } from './stream-source.ts';

export interface InvokerOptions {
  /** How the bodies of requests are read and those of replies are written. */
  readonly mediaTypes: MediaTypes;
  /** True when replies are to say when their steps happened. */
  readonly isTimed: boolean;
  /** Makes the author's code a part of the trace of its request, where there is one. */
  readonly runInTrace: RunInTrace | undefined;
  /** Predicts an invocation as a part of some batch, where the predictor does so. */
  readonly predictInBatch?: ((prediction: Prediction) => Promise<unknown>) | undefined;
  /** Where the predictor has sessions. */
  readonly sessions?: SessionStore | undefined;
  readonly log: Log;
}

/** Creates the function that answers. */
export function createInvoker(predictor: LoadedPredictor, options: InvokerOptions): Invoke {
  const { mediaTypes, isTimed, runInTrace, predictInBatch, sessions, log } = options;
  const { definition } = predictor;
  const predict = predictInBatch ?? predictAlone;
  const fail: Fail = (error, { requestId }, { cancellation }) => {
    reportFailure(error, withFields(log, { requestId }), cancellation.reason !== undefined);
    return createErrorReply(error);
  };
  const invokeWith: InvokeWith = (request, body, ticket) => {
    if (ticket.cancellation.reason !== undefined || !ticket.begin()) return undefined;
    if (ticket.turn === undefined && request.headers[sessionHeader])
      return fail(createDisabledError(), request, ticket);
    if (body.length === 0) return emptyReply;
    const clock = isTimed ? new InvocationClock() : undefined;
    const failTimed = (error: unknown) => {
      clock?.noteFailed();
      return stamp(fail(error, request, ticket), clock);
    };
    const finish = (output: unknown, prediction: Prediction): WholeReply | Promise<InvocationReply> => {
      if (isStream(output)) {
        const { turn } = ticket;
        return streamPrediction(turn === undefined ? output : turn.keep(output), prediction, options);
      }
      clock?.notePredicted();
      const reply = finishInvocation(definition, output, prediction.prepared);
      clock?.noteEncoded();
      return stamp(reply, clock);
    };
    try {
      const prepared = prepareInvocation(predictor, request, body, mediaTypes);
      clock?.noteDecoded();
      const prediction = { predictor, request, prepared, ticket, clock, log };
      const output =
        runInTrace === undefined || predictInBatch !== undefined
          ? predict(prediction)
          : runInTrace(request.headers, () => predict(prediction));
      if (isPromise(output)) {
        return output
          .then((value): ReturnType<Invoke> => (value === abandoned ? undefined : finish(value, prediction)))
          .catch(failTimed);
      }
      const reply = finish(output, prediction);
      return reply instanceof Promise ? reply.catch(failTimed) : reply;
    } catch (error) {
      return failTimed(error);
    }
  };
  const invoke: Invoke = (request, ticket) => {
    const { body } = request;
    if (typeof body === 'string' || body instanceof Uint8Array) return invokeWith(request, body, ticket);
    return invokeStored(request, body, ticket, { invokeWith, fail });
  };
  if (sessions === undefined) return invoke;
  return (request, ticket) => {
    if (request.session === undefined) return invoke(request, ticket);
    return sessions
      .answer(request, request.session, { ticket, invoke })
      .catch((error: unknown) => fail(error, request, ticket));
  };
}

/** Says in the log what went wrong, and makes it a reply. */
type Fail = (error: unknown, request: InvocationRequest, ticket: Ticket) => WholeReply;

/** Says in a reply when its steps happened. */
function stamp(reply: WholeReply, clock: InvocationClock | undefined): WholeReply {
  if (clock === undefined) return reply;
  const { status, headers, body, errorCode } = reply;
  return { status, headers, body, errorCode, times: clock.times };
}

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
): Promise<InvocationReply | undefined> {
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
  const facts = { request, prepared, cancellation, session: ticket.turn?.session, log };
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
