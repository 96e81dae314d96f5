/** The conversations of one worker, as the server sees them. */

import type { ServeError } from '../errors/errors.ts';
import type {
  Conversation,
  ConversationEnd,
  ConversationStart,
  Fragment,
  FromConversation,
  Message,
  ToConversation,
} from '../invocation/conversation.ts';
import { PieceQueue } from '../invocation/piece-queue.ts';
import { packData } from './pack-data.ts';
import type { WorkerHost } from './worker-host.ts';

interface Open {
  readonly start: ConversationStart;
  readonly fragments: PieceQueue<Fragment, ConversationEnd>;
  readonly send: (event: ToConversation, transfer?: readonly ArrayBuffer[]) => void;
  /** How many messages and fragments have passed. */
  said: number;
  /** True once the client's messages have ended. */
  isSilent: boolean;
}

/** What a generator may take to notice that nobody is there any more, and to end. */
const leaveMs = 2_000;

/** They take none of the places for jobs: a worker waits for messages most of the time. */
export class WorkerConversations {
  readonly #host: WorkerHost;
  readonly #open = new Map<number, Open>();
  /** Nobody is there any more, and the predictor has not ended them: the ids of their requests. */
  readonly #left = new Map<number, string>();
  /** Those of them that should have ended by now. */
  readonly #forgotten = new Set<number>();
  readonly #onForgotten: (count: number) => void;
  /** Those of them that the worker has not noticed to be left, and until when it may take for that. */
  readonly #unnoticed = new Map<number, number>();
  #last = 0;

  /** @param onForgotten called when one more goes on although nobody has been there for a while, with how many there are. */
  constructor(host: WorkerHost, onForgotten: (count: number) => void) {
    this.#host = host;
    this.#onForgotten = onForgotten;
  }

  /** How many have a client. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Since when the worker should have noticed that one was left; infinite when it has noticed all. */
  get overdueSinceMs(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#unnoticed.values());
  }

  begin(start: ConversationStart): Conversation {
    this.#last += 1;
    const id = this.#last;
    const send = (event: ToConversation, transfer: readonly ArrayBuffer[] = []) =>
      this.#host.send({ type: 'conversation', id, event }, transfer);
    const fragments = new PieceQueue<Fragment, ConversationEnd>((weight) => send({ kind: 'taken', weight }));
    const tell = (kind: 'warn' | 'leave', { code, message: reason }: ServeError) =>
      send({ kind, code, reason });
    const open: Open = { start, fragments, send, said: 0, isSilent: false };
    this.#open.set(id, open);
    send({ kind: 'begin', request: start.request });
    return {
      fragments,
      receive(message: Message) {
        if (open.isSilent) return;
        open.said += 1;
        const { data, transfer } = packData(message);
        send({ kind: 'message', data }, transfer);
      },
      endSilence: () => send({ kind: 'silence', said: open.said }),
      warn: (reason) => tell('warn', reason),
      leave: (reason) => {
        if (!this.#open.delete(id)) return;
        this.#left.set(id, start.request.requestId);
        this.#unnoticed.set(id, performance.now() + leaveMs);
        tell('leave', reason);
        setTimeout(() => this.#forget(id), leaveMs).unref();
      },
    };
  }

  #forget(id: number): void {
    if (!this.#left.has(id)) return;
    this.#forgotten.add(id);
    this.#onForgotten(this.#forgotten.size);
  }

  /** Takes in what the worker says of one. */
  receive(id: number, event: FromConversation): void {
    const conversation = this.#open.get(id);
    if (event.kind === 'taken') conversation?.start.onTaken(event.weight);
    else if (event.kind === 'waiting') endSilence(conversation, event.said);
    else if (event.kind === 'noticed') this.#unnoticed.delete(id);
    else if (event.kind === 'fragment') {
      if (conversation === undefined) return;
      conversation.said += 1;
      conversation.fragments.add({ data: event.data, isLast: event.isLast });
    } else {
      this.#open.delete(id);
      this.#left.delete(id);
      this.#forgotten.delete(id);
      this.#unnoticed.delete(id);
      conversation?.fragments.end(event.end);
    }
  }

  /** Ends all, of a worker that has ended; gives the ids of their requests, those that were left included. */
  bury(reason: ServeError): readonly string[] {
    const open = [...this.#open.values()];
    const left = [...this.#left.values()];
    this.#open.clear();
    this.#left.clear();
    this.#unnoticed.clear();
    for (const { fragments } of open) fragments.fail(reason);
    return [...left, ...open.map(({ start }) => start.request.requestId)];
  }
}

/** Ends the messages of a client, unless something has been said meanwhile: it may be on its way. */
function endSilence(open: Open | undefined, said: number): void {
  if (open === undefined || open.isSilent || open.said !== said) return;
  open.isSilent = true;
  open.send({ kind: 'end-silence' });
}
