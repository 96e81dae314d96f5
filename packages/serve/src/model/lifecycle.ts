/** The one owner of the server's state. */

import type { ServeError } from '../errors/errors.ts';

export type ServerState = 'starting' | 'ready' | 'draining' | 'stopped' | 'failed';

/** Moves on only: `starting` -> `ready` -> `draining` -> `stopped`; `failed` out of `starting` and `ready`. */
export interface Lifecycle {
  readonly state: ServerState;
  /** True from `startDraining` on, also of a failed server. */
  readonly isClosing: boolean;
  /** Settles when loading has ended: rejects with the reason of a failure, or of a close before the end. */
  readonly ready: Promise<void>;
  /** Resolves at `stopped`; rejects as soon as the server fails. */
  readonly closed: Promise<void>;
  markReady(): void;
  /** Keeps the first reason; changes nothing once the server drains. */
  fail(reason: ServeError): void;
  /** A failed server stays `failed` while it drains, so that nobody takes it for a healthy one. */
  startDraining(reason: ServeError): void;
  markStopped(): void;
}

/** Creates the state of a server that has not begun to load. */
export function createLifecycle(): Lifecycle {
  let state: ServerState = 'starting';
  let isClosing = false;
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  // An app that waits for one of them only is not to be ended by the other.
  ready.promise.catch(() => undefined);
  closed.promise.catch(() => undefined);
  return {
    get state() {
      return state;
    },
    get isClosing() {
      return isClosing;
    },
    ready: ready.promise,
    closed: closed.promise,
    markReady() {
      if (state !== 'starting') return;
      state = 'ready';
      ready.resolve();
    },
    fail(reason) {
      if (state !== 'starting' && state !== 'ready') return;
      state = 'failed';
      ready.reject(reason);
      closed.reject(reason);
    },
    startDraining(reason) {
      isClosing = true;
      if (state === 'starting' || state === 'ready') state = 'draining';
      ready.reject(reason);
    },
    markStopped() {
      if (state !== 'failed') state = 'stopped';
      closed.resolve();
    },
  };
}
