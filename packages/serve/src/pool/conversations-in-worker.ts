/** The conversations of a worker, in the worker itself. */

import { ServeError } from '../errors/errors.ts';
import type { FromConversation, ToConversation } from '../invocation/conversation.ts';
import type { RequestHead } from '../invocation/invocation.ts';
import { weighPiece } from '../invocation/piece-queue.ts';
import { SendWindow } from '../invocation/send-window.ts';
import type { Converse, PredictorSide } from '../predictor/converse.ts';
import { packData } from './pack-data.ts';
import type { FromWorker } from './worker-messages.ts';

type Send = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;

interface Running {
  readonly side: PredictorSide;
  readonly window: SendWindow;
}

/** Gives the function that takes in what the server says of any of them. */
export function createConversations(
  converse: Converse,
  send: Send,
): (id: number, event: ToConversation) => void {
  const conversations = new Map<number, Running>();
  const begin = (id: number, request: RequestHead) => {
    const say = (event: FromConversation, transfer: readonly ArrayBuffer[] = []) =>
      send({ type: 'conversation', id, event }, transfer);
    const side = converse({ request, onTaken: (weight) => say({ kind: 'taken', weight }) });
    const running = { side, window: new SendWindow() };
    conversations.set(id, running);
    void speak(running, say).then(() => conversations.delete(id));
  };
  return (id, event) => {
    if (event.kind === 'begin') begin(id, event.request);
    const running = conversations.get(id);
    if (running === undefined) return;
    const { side, window } = running;
    if (event.kind === 'message') side.receive(event.data);
    else if (event.kind === 'taken') window.add(event.weight);
    else if (event.kind === 'silence') {
      const { said } = event;
      if (side.isWaiting) send({ type: 'conversation', id, event: { kind: 'waiting', said } });
    } else if (event.kind === 'end-silence') side.endSilence();
    else if (event.kind === 'warn') side.warn(new ServeError(event.code, event.reason));
    else if (event.kind === 'leave') {
      send({ type: 'conversation', id, event: { kind: 'noticed' } });
      window.stop();
      side.leave(new ServeError(event.code, event.reason));
    }
  };
}

/** Sends what the predictor says, as long as the client takes it. */
async function speak(
  { side, window }: Running,
  say: (event: FromConversation, transfer?: readonly ArrayBuffer[]) => void,
): Promise<void> {
  let fragment = await side.fragments.next();
  while (fragment.done !== true) {
    if (!window.isStopped) {
      window.take(weighPiece(fragment.value));
      const { data, transfer } = packData(fragment.value.data);
      say({ kind: 'fragment', data, isLast: fragment.value.isLast }, transfer);
    }
    await window.wait();
    fragment = await side.fragments.next();
  }
  say({ kind: 'end', end: fragment.value });
}
