/** The program of a worker, thread or process: loads the author's predictor and answers the invocations sent to it. */

import { isMainThread } from 'node:worker_threads';
import { logThrough } from '@optml/contract/log';
import { describeCause, describeInFull, describeThrown } from './errors/describe-thrown.ts';
import { ServeError } from './errors/errors.ts';
import { Cancellation } from './invocation/cancellation.ts';
import { isStreamed, type StreamedReply, type WholeReply } from './invocation/invocation.ts';
import { LinkedList, type Links } from './invocation/linked-list.ts';
import { type OpenPredictor, openPredictor } from './model/open-predictor.ts';
import type { StartStage } from './model/watch-start.ts';
import type { AdaptersInWorker } from './pool/adapters-in-worker.ts';
import { collectGarbage } from './pool/collect-garbage.ts';
import { openThreadPort } from './pool/open-thread-port.ts';
import { PieceSender } from './pool/piece-sender.ts';
import { createReplyBatcher } from './pool/reply-batcher.ts';
import type { JobMessage, ToWorker } from './pool/worker-messages.ts';
import type { Invoke } from './predictor/prediction.ts';

/** An invocation whose prediction takes its time. */
interface Running extends Links<Running> {
  readonly job: number;
  readonly cancellation: Cancellation;
  /** Of one whose reply comes in pieces. */
  pieces: PieceSender | undefined;
}

/** Writing schemas down takes longer than many a prediction: the first answers go before it. */
const describeAfterMs = 100;

const openPort = isMainThread
  ? (await import('./pool/open-process-port.ts')).openProcessPort
  : openThreadPort;
const { source, board, send } = openPort(receive);

const log = logThrough((level, message, fields) => {
  try {
    send({ type: 'log', level, message, fields });
  } catch {
    // Functions and the like cannot be sent to another thread.
    send({ type: 'log', level, message, fields: { text: describeInFull(fields) } });
  }
});
const replies = createReplyBatcher(send);
const loading = new AbortController();
const running = new LinkedList<Running>();
const opened = Promise.withResolvers<string>();
// One that waits for its model is told to stop, too.
loading.signal.addEventListener('abort', () => opened.reject(loading.signal.reason));
opened.promise.catch(() => undefined);
let isChecking = false;
let conversations: ReturnType<typeof openConversations> | undefined;
/** Once it is loaded, of a predictor that has adapters. */
let adapterCalls: AdaptersInWorker | undefined;
const loaded = load();
/** Settles once the jobs of all messages so far have been begun. */
let answering: Promise<unknown> = loaded;

loaded.catch(reportLoadFailure);

function receive(message: ToWorker): void {
  if (message.type === 'invoke') answering = answering.then(() => answerAll(message.jobs));
  else if (message.type === 'open') opened.resolve(message.modelDirectory);
  else if (message.type === 'taken') find(message.job)?.pieces?.addRoom(message.weight);
  else if (message.type === 'conversation') converse(message);
  else if (message.type === 'abort') abort(message);
  else if (message.type === 'check') void check();
  else if (message.type === 'collect') send({ type: 'collected', heapBytes: collectGarbage() });
  else if (message.type === 'load-adapter')
    void changeAdapters((adapters) => adapters.load(message.call, message.adapter));
  else if (message.type === 'unload-adapter')
    void changeAdapters((adapters) => adapters.unload(message.call, message.name));
  else if (message.type === 'abort-adapter')
    void changeAdapters((adapters) =>
      adapters.abort(message.call, new ServeError(message.code, message.reason)),
    );
  else if (message.type === 'exit') process.exit(0);
  else void stop();
}

async function load(): Promise<OpenPredictor> {
  const { signal } = loading;
  const onStage = (stage: StartStage) => send({ type: 'stage', stage });
  const predictor = await openPredictor(source, { modelDirectory: opened.promise, signal, log, onStage });
  const healthProblem = await predictor.checkHealth();
  const { sessions, adapters, chat, conversationTerms } = predictor;
  if (adapters !== undefined) {
    const { AdaptersInWorker } = await import('./pool/adapters-in-worker.ts');
    adapterCalls = new AdaptersInWorker(adapters, send);
  }
  const modes = { sessions, hasAdapters: adapters !== undefined, chat, conversationTerms };
  send({ type: 'loaded', healthProblem, ...modes });
  setTimeout(() => send({ type: 'described', description: predictor.describe() }), describeAfterMs).unref();
  return predictor;
}

function reportLoadFailure(error: unknown): void {
  send({
    type: 'load-failed',
    code: error instanceof ServeError ? error.code : 'MODEL_LOAD_FAILED',
    message: describeThrown(error),
    cause: error instanceof ServeError ? describeCause(error) : describeInFull(error),
  });
}

/** Jobs come only after the model is loaded. */
async function answerAll(jobs: readonly JobMessage[]): Promise<void> {
  const { invoke } = await loaded;
  for (const job of jobs) {
    // What is ready in a turn leaves before the next begins, which may be the worker's last.
    if (answer(job, invoke) === 'begun') await nextTurn();
  }
  replies.flush();
}

function answer([job, remainingMs, request]: JobMessage, invoke: Invoke): 'answered' | 'begun' | 'parked' {
  const cancellation = new Cancellation();
  let isParked = false;
  const begin = () => board.begin(job);
  const park = () => {
    isParked = true;
    board.park(job);
  };
  const reply = invoke(request, { cancellation, remainingMs, begin, park });
  if (!(reply instanceof Promise)) {
    finish(job, reply);
    return 'answered';
  }
  const links = { list: undefined, earlier: undefined, later: undefined };
  const run: Running = { job, cancellation, pieces: undefined, ...links };
  running.add(run);
  void reply.then((late) => (late !== undefined && isStreamed(late) ? stream(run, late) : end(run, late)));
  return isParked ? 'parked' : 'begun';
}

function end(run: Running, reply: WholeReply | undefined): void {
  running.remove(run);
  finish(run.job, reply);
}

async function stream(run: Running, reply: StreamedReply): Promise<void> {
  run.pieces = new PieceSender(run.job, send);
  if (run.cancellation.reason !== undefined) run.pieces.stop();
  await run.pieces.sendAll(reply);
  running.remove(run);
  board.park(run.job);
}

/** A reply that has not left when the thread ends is lost: then another worker may do the job again, once. */
function finish(job: number, reply: WholeReply | undefined): void {
  const times = reply?.times;
  const isWritten = times !== undefined && board.writeTimes(job, times);
  board.finish(job);
  replies.add(job, reply, isWritten ? undefined : times);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function abort({ job, code, reason }: Extract<ToWorker, { type: 'abort' }>): void {
  const run = find(job);
  run?.cancellation.cancel(new ServeError(code, reason));
  run?.pieces?.stop();
  send({ type: 'aborted', job });
}

/** What conversations need is loaded with the first. */
function converse({ id, event }: Extract<ToWorker, { type: 'conversation' }>): void {
  conversations ??= openConversations();
  void conversations.then((take) => take?.(id, event));
}

async function openConversations() {
  const { converse } = await loaded;
  if (converse === undefined) return undefined;
  const { createConversations } = await import('./pool/conversations-in-worker.ts');
  return createConversations(converse, send);
}

/** Asked only of a worker that has adapters. */
async function changeAdapters(act: (adapters: AdaptersInWorker) => unknown): Promise<void> {
  if (adapterCalls !== undefined) await act(adapterCalls);
}

function find(job: number): Running | undefined {
  for (const run of running) if (run.job === job) return run;
  return undefined;
}

/** The sign of life comes at once, the word of the author when it is there. */
async function check(): Promise<void> {
  send({ type: 'alive' });
  const predictor = await loaded;
  if (isChecking || !predictor.hasHealth) return;
  isChecking = true;
  send({ type: 'health', problem: await predictor.checkHealth() });
  isChecking = false;
}

async function stop(): Promise<void> {
  loading.abort(new ServeError('SERVER_CLOSED', 'the server is closing'));
  await loaded.then(
    (predictor) => predictor.unload(),
    () => undefined,
  );
  process.exit(0);
}
