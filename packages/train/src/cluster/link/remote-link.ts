/** Takes a link from the process that holds it to its child, over any channel of messages such as IPC. */

import { TrainError } from '../../errors.ts';
import type { ClusterLink } from './cluster-link.ts';

/** What the child asks: a call of a method of the link. */
export interface LinkRequest {
  readonly kind: 'cluster-request';
  readonly id: number;
  readonly method: 'waitForHosts' | 'barrier';
  readonly values: readonly unknown[];
}

type ErrorFacts = Pick<TrainError, 'code' | 'message'>;

/** What its supervisor answers, or says unasked. */
export type LinkReply =
  | {
      readonly kind: 'cluster-reply';
      readonly id: number;
      readonly value?: unknown;
      readonly error?: ErrorFacts | undefined;
    }
  | { readonly kind: 'cluster-failure'; readonly error: ErrorFacts };

/** A link whose owner is another process. */
export interface RemoteLink {
  readonly link: ClusterLink;
  /** Takes a message from the owner; false when it is not the link's. */
  receive(message: unknown): boolean;
}

/**
 * Answers a child's requests with `link`. Returns the function that takes a message from the child; false when
 * it is not the link's. Failures are sent unasked, one that came before this call included.
 */
export function serveLink(
  link: ClusterLink,
  send: (reply: LinkReply) => void,
): (message: unknown) => boolean {
  const sendFailure = () => send({ kind: 'cluster-failure', error: describe(link.failure.reason) });
  link.failure.addEventListener('abort', sendFailure, { once: true });
  if (link.failure.aborted) sendFailure();
  return (message) => {
    if (!hasKind<LinkRequest>(message, ['cluster-request'])) return false;
    const { id, method, values } = message;
    (link[method] as (...values: readonly unknown[]) => Promise<unknown>)(...values).then(
      (value) => send({ kind: 'cluster-reply', id, value }),
      (error: unknown) => send({ kind: 'cluster-reply', id, error: describe(error) }),
    );
    return true;
  };
}

/**
 * Creates the child's side of `serveLink`. `hold` is told when the first request begins to wait and when none
 * waits any more: a channel that does not keep the process alive must do so in between.
 */
export function createRemoteLink(
  send: (request: LinkRequest) => void,
  hold: (waiting: boolean) => void,
): RemoteLink {
  const failure = new AbortController();
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  const request =
    <Result>(method: LinkRequest['method']) =>
    (...values: readonly unknown[]) =>
      new Promise<Result>((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve: resolve as (value: unknown) => void, reject });
        if (waiting.size === 1) hold(true);
        send({ kind: 'cluster-request', id: lastId, method, values });
      });
  return {
    link: {
      failure: failure.signal,
      waitForHosts: request('waitForHosts'),
      barrier: request('barrier'),
    },
    receive: (message) => {
      if (!hasKind<LinkReply>(message, ['cluster-reply', 'cluster-failure'])) return false;
      if (message.kind === 'cluster-failure') {
        failure.abort(restore(message.error));
        return true;
      }
      const { id, value, error } = message;
      if (error === undefined) waiting.get(id)?.resolve(value);
      else waiting.get(id)?.reject(restore(error));
      if (waiting.delete(id) && waiting.size === 0) hold(false);
      return true;
    },
  };
}

function hasKind<Message extends { readonly kind: string }>(
  message: unknown,
  kinds: readonly Message['kind'][],
): message is Message {
  return kinds.includes((message as Message | null)?.kind as Message['kind']);
}

function describe(error: unknown): ErrorFacts {
  const { code, message } = error as ErrorFacts;
  return { code, message };
}

function restore({ code, message }: ErrorFacts): Error {
  return new TrainError(code, message);
}
