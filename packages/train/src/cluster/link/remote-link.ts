/** Takes a link from the process that holds it to its child, over any channel of messages such as IPC. */

import type { TrainErrorCode } from '../../errors.ts';
import { type ClusterErrorCode, createClusterError } from './cluster-error.ts';
import type { ClusterLink, HostProblem } from './cluster-link.ts';

/** What the child asks. */
export type LinkRequest =
  | {
      readonly kind: 'cluster-request';
      readonly id: number;
      readonly method: 'waitForHosts';
      readonly timeoutMs: number;
    }
  | {
      readonly kind: 'cluster-request';
      readonly id: number;
      readonly method: 'barrier';
      readonly name: string;
      readonly value?: string | undefined;
      readonly timeoutMs?: number | undefined;
    };

interface ErrorFacts {
  readonly code: TrainErrorCode;
  readonly message: string;
}

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
    const { id } = message;
    const answer =
      message.method === 'barrier' ? link.barrier(message.name, message) : link.waitForHosts(message);
    answer.then(
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
  const request = (makeRequest: (id: number) => LinkRequest) =>
    new Promise<unknown>((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      if (waiting.size === 1) hold(true);
      send(makeRequest(lastId));
    });
  return {
    link: {
      failure: failure.signal,
      waitForHosts: async ({ timeoutMs }) =>
        (await request((id) => ({
          kind: 'cluster-request',
          id,
          method: 'waitForHosts',
          timeoutMs,
        }))) as readonly HostProblem[],
      barrier: async (name, options) =>
        (await request((id) => ({ kind: 'cluster-request', id, method: 'barrier', name, ...options }))) as
          | string
          | undefined,
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
  return createClusterError(code as string as ClusterErrorCode, message);
}
