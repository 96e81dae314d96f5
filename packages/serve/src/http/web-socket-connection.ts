/** One WebSocket connection, from its opening to its close: carries messages between a client and a predictor, at the pace of both. */

import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import { type Log, withFields } from '@optml/contract/log';
import type { WebSocket } from 'ws';
import { isKnownError, ServeError, type ServeErrorCode } from '../errors/errors.ts';
import { reportFailure } from '../errors/report-failure.ts';
import type { Conversation, ConversationEnd, Fragment, Message } from '../invocation/conversation.ts';
import type { RequestHead } from '../invocation/invocation.ts';
import { weighPiece, windowBytes } from '../invocation/piece-queue.ts';
import type { InvocationRecord } from '../observability/invocation-record.ts';
import type { Admission } from './admission.ts';
import { abnormalCode, chooseCloseCode, normalCode, writeCloseReason } from './close-codes.ts';
import {
  createEarlyLeaveError,
  createFragmentsError,
  createLargeError,
  createLongError,
  createLostError,
  createProtocolError,
  createSlowError,
  maximumFragments,
} from './connection-errors.ts';
import type { Connections, OpenConnection } from './connections.ts';
import { FrameWatch } from './frame-watch.ts';
import { Silence } from './silence.ts';
import type { ConnectionLimits, UpgradeOptions, UpgradeRequest } from './upgrade-request.ts';
import { createOpener } from './web-socket-opener.ts';
import { unreadTimeoutMs } from './write-reply.ts';

interface ConnectionOptions extends UpgradeOptions {
  readonly requestHead: RequestHead;
  readonly record: InvocationRecord | undefined;
}

/**
 * Begins a conversation and opens its connection.
 *
 * @throws ServeError `MODEL_NOT_READY`, `QUEUE_FULL`: the connection is as it was
 */
export function openConnection({ request, socket, head }: UpgradeRequest, options: ConnectionOptions): void {
  let connection: Connection | undefined;
  const conversation = options.getModel().converse({
    request: options.requestHead,
    onTaken: (weight) => connection?.noteTaken(weight),
  });
  createOpener(options.connectionLimits.messageBytes).handleUpgrade(request, socket, head, (webSocket) => {
    connection = new Connection(webSocket, socket as Socket, { conversation, ...options });
  });
  // A client that has left by now, or that asks for what `ws` does not take.
  if (connection !== undefined) return;
  const reason = createEarlyLeaveError();
  conversation.leave(reason);
  throw reason;
}

type Facts = ConnectionOptions & { readonly conversation: Conversation };

class Connection implements OpenConnection {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #conversation: Conversation;
  readonly #connections: Connections;
  readonly #admission: Admission;
  readonly #limits: ConnectionLimits;
  readonly #record: InvocationRecord | undefined;
  readonly #log: Log;
  readonly #watch = new FrameWatch();
  readonly #silence = new Silence();
  readonly #lifetime: NodeJS.Timeout;
  readonly #pinging: NodeJS.Timeout;
  #messageTimer: NodeJS.Timeout | undefined;
  /** For messages that the predictor has not taken. */
  #room = windowBytes;
  #heldBytes = 0;
  #requestBytes = 0;
  #replyBytes = 0;
  #isAlive = true;
  #isSending = false;
  #silenceReason: ServeError | undefined;
  #warning: ServeError | undefined;
  /** Set once this side has said goodbye. */
  #closing: { readonly code: number; readonly error?: ServeError | undefined } | undefined;

  constructor(webSocket: WebSocket, socket: Socket, facts: Facts) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#conversation = facts.conversation;
    this.#connections = facts.connections;
    this.#admission = facts.admission;
    this.#limits = facts.connectionLimits;
    this.#record = facts.record;
    this.#log = withFields(facts.log, { requestId: facts.requestHead.requestId });
    const { connectionMs, pingMs } = this.#limits;
    this.#lifetime = setTimeout(() => this.close(createLongError(connectionMs)), connectionMs).unref();
    this.#pinging = setInterval(() => this.#ping(), pingMs).unref();
    this.#connections.add(this);
    this.#listen();
    void this.#speak();
  }

  #listen(): void {
    const { messageBytes } = this.#limits;
    // Before `ws`, which would close without a reason.
    this.#socket.prependListener('data', (chunk) => {
      this.#isAlive = true;
      if (this.#closing !== undefined) return;
      const { ended } = this.#watch;
      this.#watch.read(chunk);
      if (this.#watch.isInMessage || this.#watch.ended > ended) this.#silence.break();
      const { announcedBytes, fragments } = this.#watch;
      if (announcedBytes > messageBytes) this.close(createLargeError(messageBytes));
      else if (fragments >= maximumFragments) this.close(createFragmentsError());
      else this.#timeMessage(this.#watch.ended > ended);
      this.#hold();
    });
    this.#webSocket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    this.#webSocket.on('error', (error) => this.close(createProtocolError(error)));
    this.#webSocket.on('close', (code) => this.#end(code));
  }

  /** A message has its time from its first byte on, and without what a slow predictor has cost it. */
  #timeMessage(isAnother: boolean): void {
    if (isAnother || !this.#watch.isInMessage) {
      clearTimeout(this.#messageTimer);
      this.#messageTimer = undefined;
    }
    if (!this.#watch.isInMessage || this.#messageTimer !== undefined) return;
    const { messageMs } = this.#limits;
    const expire = () => {
      if (this.#webSocket.isPaused) this.#messageTimer?.refresh();
      else this.close(createSlowError(messageMs));
    };
    this.#messageTimer = setTimeout(expire, messageMs).unref();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#closing !== undefined) return;
    if (!isBinary && !isUtf8(data)) {
      this.close(
        new ServeError('INPUT_INVALID', 'the text message is not UTF-8: send it as a binary message'),
      );
      return;
    }
    this.#requestBytes += data.byteLength;
    const message: Message = isBinary ? new Uint8Array(data) : data.toString();
    this.#room -= weighPiece(message);
    this.#conversation.receive(message);
    if (this.#room <= 0) this.#webSocket.pause();
    this.#hold();
  }

  /** The predictor has taken messages. */
  noteTaken(weight: number): void {
    this.#room += weight;
    if (this.#room > 0 && this.#webSocket.isPaused) this.#webSocket.resume();
    this.#hold();
  }

  /** Counts what has come and is not taken among the bodies in memory. */
  #hold(): void {
    if (this.#closing !== undefined) return;
    const heldBytes = windowBytes - this.#room + this.#watch.receivedBytes;
    const more = heldBytes - this.#heldBytes;
    const error = more > 0 ? this.#admission.hold(more) : undefined;
    if (error !== undefined) this.close(error);
    else {
      if (more < 0) this.#admission.release(-more);
      this.#heldBytes = heldBytes;
    }
  }

  async #speak(): Promise<void> {
    const { fragments } = this.#conversation;
    try {
      let next = await fragments.next();
      while (next.done !== true && this.#closing === undefined) {
        await this.#send(next.value);
        next = await fragments.next();
      }
      if (next.done === true) this.#finish(next.value);
    } catch (error) {
      this.#report(error);
      this.#close(createLostError(error));
    }
  }

  /** Resolves when the client has taken so much that the next fragment may be made. */
  async #send({ data, isLast }: Fragment): Promise<void> {
    const { promise: sent, resolve } = Promise.withResolvers<void>();
    this.#silence.break();
    this.#replyBytes += typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
    this.#webSocket.send(data, { binary: typeof data !== 'string', fin: isLast }, () => resolve());
    if (this.#webSocket.bufferedAmount <= windowBytes) return;
    const cutOff = () => this.#socket.destroy();
    this.#isSending = true;
    this.#socket.setTimeout(unreadTimeoutMs, cutOff);
    await sent;
    this.#socket.off('timeout', cutOff).setTimeout(0);
    this.#isSending = false;
  }

  /** The predictor has ended it. What it did after it was told to is for the server's sake. */
  #finish({ error, isOfSilence }: ConversationEnd): void {
    const reason = this.#warning ?? (isOfSilence === true ? this.#silenceReason : undefined);
    if (reason !== undefined) this.#close(reason);
    else if (error === undefined) this.#sayGoodbye(normalCode, '');
    else this.#close(new ServeError(error.code as ServeErrorCode, error.message));
  }

  closeWhenSilent(silenceMs: number, reason: ServeError): void {
    this.#silenceReason = reason;
    if (this.#closing !== undefined) return;
    this.#silence.watch(silenceMs, () => {
      if (!this.#watch.isInMessage) this.#conversation.endSilence();
    });
  }

  warn(reason: ServeError): void {
    this.#warning ??= reason;
    this.#conversation.warn(reason);
  }

  /** Closes for a reason that the log does not have yet. */
  close(reason: ServeError): void {
    if (this.#closing !== undefined) return;
    this.#report(reason);
    this.#close(reason);
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  #report(error: unknown): void {
    reportFailure(error, this.#log, isKnownError(error) && error.code === 'CLIENT_LEFT');
  }

  #close(error: ServeError): void {
    if (this.#closing !== undefined) return;
    this.#conversation.leave(error);
    this.#sayGoodbye(chooseCloseCode(error.code), writeCloseReason(error), error);
  }

  #sayGoodbye(code: number, reason: string, error?: ServeError): void {
    if (this.#closing !== undefined) return;
    this.#closing = { code, error };
    this.#webSocket.close(code, reason);
    // The client's own goodbye may stand behind what nobody has taken.
    this.#webSocket.resume();
    this.#stopTimers();
  }

  /** A client is gone that has given no sign of life since the last ping; one that is not listened to cannot give any. */
  #ping(): void {
    if (this.#isAlive || this.#webSocket.isPaused || this.#isSending) {
      this.#isAlive = false;
      this.#webSocket.ping();
      return;
    }
    // What has come while this thread was busy is read before.
    setImmediate(() => {
      if (!this.#isAlive) this.terminate();
    });
  }

  #stopTimers(): void {
    clearTimeout(this.#lifetime);
    clearInterval(this.#pinging);
    clearTimeout(this.#messageTimer);
    this.#silence.stop();
  }

  #end(received: number): void {
    this.#stopTimers();
    const { code, error = undefined } = this.#closing ?? {
      code: received,
      error: this.#explainDeparture(received),
    };
    this.#closing ??= { code, error };
    this.#conversation.leave(
      error ?? new ServeError('CLIENT_LEFT', `the client closed the connection with ${code}`),
    );
    this.#admission.release(this.#heldBytes);
    this.#connections.remove(this);
    this.#record?.endConnection({ closeCode: code, errorCode: error?.code }, [
      this.#requestBytes,
      this.#replyBytes,
    ]);
  }

  #explainDeparture(code: number): ServeError | undefined {
    if (code !== abnormalCode) return undefined;
    const error = new ServeError('CLIENT_LEFT', 'the client left without closing the connection');
    this.#report(error);
    return error;
  }
}
