/** The program of the worker thread: loads the author's predictor and answers the invocations sent to it. */

import { parentPort, workerData } from 'node:worker_threads';
import { describeInFull, describeThrown } from './describe-thrown.ts';
import { ServeError } from './errors.ts';
import { invoke } from './invoke.ts';
import { type LoadedPredictor, loadPredictor } from './load-predictor.ts';
import { createLogger } from './logger.ts';
import type { InvocationReply, InvocationRequest, ModelSource } from './model-handle.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

const port = parentPort;
if (port === null) throw new Error('serving-worker runs in a worker thread only');
const { predictor: url, modelDirectory, defaultAccept } = workerData as ModelSource;

const log = createLogger((level, message, fields) => {
  try {
    send({ type: 'log', level, message, fields });
  } catch {
    // Functions and the like cannot be sent to another thread.
    send({ type: 'log', level, message, fields: { text: describeInFull(fields) } });
  }
});
const loading = new AbortController();
const running = new Map<number, AbortController>();
const loaded = loadPredictor(url, { modelDirectory, signal: loading.signal, log });

port.on('message', (message: ToWorker) => {
  if (message.type === 'invoke') void answer(message.id, message.request);
  else if (message.type === 'abort') running.get(message.id)?.abort(new Error(message.reason));
  else void stop();
});
loaded.then(() => send({ type: 'loaded' }), reportLoadFailure);

function send(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function reportLoadFailure(error: unknown): void {
  send({
    type: 'load-failed',
    code: error instanceof ServeError ? error.code : 'MODEL_LOAD_FAILED',
    message: describeThrown(error),
    cause: describeInFull(error instanceof ServeError ? error.cause : error),
  });
}

async function answer(id: number, request: InvocationRequest): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  const reply = await invoke(await loaded, request, { defaultAccept, signal: controller.signal, log });
  running.delete(id);
  sendReply(id, reply);
}

/** A small `Buffer` is a part of Node's pool, which must not be moved away: such a part is copied. */
function sendReply(id: number, reply: InvocationReply): void {
  const isWhole = reply.body.byteLength === reply.body.buffer.byteLength;
  const body = isWhole ? reply.body : new Uint8Array(reply.body);
  send({ type: 'reply', id, reply: { ...reply, body } }, [body.buffer as ArrayBuffer]);
}

async function stop(): Promise<void> {
  loading.abort(new ServeError('SERVER_CLOSED', 'the server closes'));
  const predictor = await loaded.catch(() => undefined);
  if (predictor !== undefined) await unload(predictor);
  process.exit(0);
}

async function unload({ definition, model }: LoadedPredictor): Promise<void> {
  try {
    await definition.unload?.(model);
  } catch (error) {
    log.error('unloading the model failed', { reason: describeThrown(error), stack: describeInFull(error) });
  }
}
