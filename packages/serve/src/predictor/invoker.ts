/** Answers invocations with the author's predictor; runs where the user code runs. */

import { isThenable } from '@optml/codecs/arrays';
import { type Log, withFields } from '@optml/contract/log';
import { isForm } from '../bodies/form-type.ts';
import type { MediaTypes } from '../bodies/media-types.ts';
import { readStoredBody, streamBody } from '../bodies/read-stored-body.ts';
import { ServeError } from '../errors/errors.ts';
import { reportFailure } from '../errors/report-failure.ts';
import { adapterAliasHeader, adapterHeader } from '../invocation/adapter-use.ts';
import { createErrorReply } from '../invocation/error-reply.ts';
import type {
  InvocationBody,
  InvocationReply,
  InvocationRequest,
  WholeReply,
} from '../invocation/invocation.ts';
import { InvocationClock } from '../invocation/invocation-clock.ts';
import { sessionHeader } from '../invocation/session-use.ts';
import type { RunInTrace } from '../observability/load-trace-api.ts';
import { type Adapter, createNoAdaptersError, createUnknownAdapterError } from './adapter-options.ts';
import type { AdapterStore } from './adapter-store.ts';
import { answersInvocations } from './define-predictor.ts';
import { type HookedDefinition, hooked } from './hooks.ts';
import { InvocationContext } from './invocation-context.ts';
import type { LoadedPredictor } from './load-predictor.ts';
import { placeInWhole } from './place-in-whole.ts';
import { abandoned, type Invoke, type Prediction, type Ticket } from './prediction.ts';
import {
  emptyReply,
  finishInvocation,
  prepareInvocation,
  type ReadBody,
  streamsBytes,
  toPredictorError,
} from './prepare-invocation.ts';
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
  /** Where the predictor has adapters. */
  readonly adapters?: AdapterStore | undefined;
  readonly log: Log;
}

/** Creates the function that answers. */
export function createInvoker(predictor: LoadedPredictor, options: InvokerOptions): Invoke {
  const { mediaTypes, isTimed, runInTrace, predictInBatch, sessions, adapters, log } = options;
  const { definition } = predictor;
  const predict = predictInBatch ?? predictAlone;
  const isAnswered = answersInvocations(definition);
  const fail = createFail(log);
  const invokeWith: InvokeWith = (request, body, ticket) => {
    if (ticket.cancellation.reason !== undefined || !ticket.begin()) return undefined;
    if (ticket.turn === undefined && request.headers[sessionHeader])
      return fail(createDisabledError(), request, ticket);
    if (isEmpty(body)) return emptyReply;
    const clock = isTimed ? new InvocationClock() : undefined;
    const failTimed = (error: unknown) => {
      clock?.noteFailed();
      const reply = fail(error, request, ticket);
      return reply instanceof Promise ? reply.then((late) => stamp(late, clock)) : stamp(reply, clock);
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
      if (!isAnswered) throw new ServeError('ROUTE_NOT_FOUND', connectionsOnly);
      const adapter = findAdapter(request, adapters);
      const prepared = prepareInvocation(predictor, request, body, mediaTypes);
      clock?.noteDecoded();
      const prediction = { predictor, request, prepared, ticket, adapter, clock, log };
      const output =
        runInTrace === undefined || predictInBatch !== undefined
          ? predict(prediction)
          : runInTrace(request.headers, () => predict(prediction));
      if (isThenable(output)) {
        return Promise.resolve(output)
          .then((value): ReturnType<Invoke> => (value === abandoned ? undefined : finish(value, prediction)))
          .catch(failTimed);
      }
      const reply = finish(output, prediction);
      return reply instanceof Promise ? reply.catch(failTimed) : reply;
    } catch (error) {
      return failTimed(error);
    }
  };
  const invoke = readFirst(predictor, mediaTypes, { invokeWith, fail });
  return sessions === undefined ? invoke : takeTurns(invoke, sessions, fail);
}

/** Reads a body that is not in memory, or is a form, before it is predicted. */
function readFirst(
  { definition }: LoadedPredictor,
  mediaTypes: MediaTypes,
  { invokeWith, fail }: Omit<LateBody, 'read'>,
): Invoke {
  const readsForms = mediaTypes.readsForms && (definition as HookedDefinition)[hooked]?.ownsInput !== true;
  return (request, ticket) => {
    const { body, contentType, openInference } = request;
    const later = (read: () => Promise<ReadBody>) => invokeLater(request, ticket, { read, invokeWith, fail });
    const isRead = readsForms && isForm(contentType) && openInference === undefined && !isEmpty(body);
    if (isRead) return later(() => readFormBody(request, ticket));
    if (!isEmpty(body) && streamsBytes(definition, request, mediaTypes))
      return invokeWith(request, { name: 'instances', instances: streamBody(body) }, ticket);
    if (typeof body === 'string' || body instanceof Uint8Array) return invokeWith(request, body, ticket);
    return later(() => readStoredBody(body));
  };
}

/** Has the requests of a session wait for each other. */
function takeTurns(invoke: Invoke, sessions: SessionStore, fail: Fail): Invoke {
  return (request, ticket) => {
    if (request.session === undefined) return invoke(request, ticket);
    return sessions
      .answer(request, request.session, { ticket, invoke })
      .catch((error: unknown) => fail(error, request, ticket));
  };
}

const connectionsOnly =
  'the predictor has no predict: open a WebSocket connection at /invocations-bidirectional-stream, or write predict';

/** Says in the log what went wrong, and makes it a reply. */
type Fail = (error: unknown, request: InvocationRequest, ticket: Ticket) => WholeReply | Promise<WholeReply>;

function createFail(log: Log): Fail {
  const fail = (error: unknown, { requestId }: InvocationRequest, { cancellation }: Ticket) => {
    reportFailure(error, withFields(log, { requestId }), cancellation.reason !== undefined);
    return createErrorReply(error);
  };
  return (error, request, ticket) =>
    request.part === undefined
      ? fail(error, request, ticket)
      : placeInWhole(error, request).then((placed) => fail(placed, request, ticket));
}

/** Says in a reply when its steps happened. */
function stamp(reply: WholeReply, clock: InvocationClock | undefined): WholeReply {
  if (clock === undefined) return reply;
  const { status, headers, body, errorCode } = reply;
  return { status, headers, body, errorCode, times: clock.times };
}

/** Never true of what waits on disk, or was read already. */
function isEmpty(body: InvocationBody | ReadBody): boolean {
  return (body as { readonly length?: number }).length === 0;
}

type InvokeWith = (request: InvocationRequest, body: ReadBody, ticket: Ticket) => ReturnType<Invoke>;

interface LateBody {
  readonly read: () => Promise<ReadBody>;
  readonly invokeWith: InvokeWith;
  readonly fail: Fail;
}

/** Answers one whose body takes its time to read. */
async function invokeLater(
  request: InvocationRequest,
  ticket: Ticket,
  { read, invokeWith, fail }: LateBody,
): Promise<InvocationReply | undefined> {
  // It may wait on disk for long: what nobody wants any more is not read.
  if (ticket.cancellation.reason !== undefined) return undefined;
  try {
    return await invokeWith(request, await read(), ticket);
  } catch (error) {
    return fail(error, request, ticket);
  }
}

/** Most servers never get a form. */
async function readFormBody(
  { body, contentType = '' }: InvocationRequest,
  { cancellation }: Ticket,
): Promise<ReadBody> {
  const { readForm } = await import('../bodies/read-form.ts');
  return await readForm(body, contentType, cancellation.signal);
}

/** @throws ServeError `ADAPTER_NOT_FOUND` */
function findAdapter(
  { adapter: name, headers }: InvocationRequest,
  adapters: AdapterStore | undefined,
): Adapter | undefined {
  if (name === undefined) {
    const named = headers[adapterHeader];
    if (named) throw createNoAdaptersError(named);
    return undefined;
  }
  const loaded = adapters?.find(name);
  if (loaded === undefined) throw createUnknownAdapterError(name);
  return { name, alias: headers[adapterAliasHeader], value: loaded.value };
}

function predictAlone({ predictor, request, prepared, ticket, adapter, log }: Prediction): unknown {
  const { cancellation } = ticket;
  const facts = { request, prepared, cancellation, session: ticket.turn?.session, adapter, log };
  try {
    const output = predictor.definition.predict?.(
      prepared.instances,
      new InvocationContext(predictor.model, facts),
    );
    if (!isThenable(output)) return output;
    // What a library calls a promise may return nothing from its `then`.
    return Promise.resolve(output).then(undefined, (cause: unknown) => {
      throw toPredictorError(cause);
    });
  } catch (cause) {
    throw toPredictorError(cause);
  }
}
