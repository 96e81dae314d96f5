/** The one owner of the server's state. */

import type { ServeError } from '../errors/errors.ts';

export type ServerState = 'starting' | 'ready' | 'draining' | 'stopped' | 'failed';

/** Moves on only: `starting` -> `ready` -> `draining` -> `stopped`; `failed` out of `starting` and `ready`. */
export type Lifecycle = ReturnType<typeof createLifecycle>;

/** Creates the state of a server that has not begun to load. */
export function createLifecycle() {
  let state: ServerState = 'starting';
  let isClosing = false;
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  // An app that waits for one of them only is not to be ended by the other.
  ready.promise.catch(() => undefined);
  closed.promise.catch(() => undefined);
  return {
    get state(): ServerState {
      return state;
    },
    /** True from `startDraining` on, also of a failed server. */
    get isClosing(): boolean {
      return isClosing;
    },
    /** Settles when loading has ended: rejects with the reason of a failure, or of a close before the end. */
    ready: ready.promise,
    /** Resolves at `stopped`; rejects as soon as the server fails. */
    closed: closed.promise,
    markReady(): void {
      if (state !== 'starting') return;
      state = 'ready';
      ready.resolve();
    },
    /** Keeps the first reason; changes nothing once the server drains. */
    fail(reason: ServeError): void {
      if (state !== 'starting' && state !== 'ready') return;
      state = 'failed';
      ready.reject(reason);
      closed.reject(reason);
    },
    /** A failed server stays `failed` while it drains, so that nobody takes it for a healthy one. */
    startDraining(reason: ServeError): void {
      isClosing = true;
      if (state === 'starting' || state === 'ready') state = 'draining';
      ready.reject(reason);
    },
    markStopped(): void {
      if (state !== 'failed') state = 'stopped';
      closed.resolve();
    },
  };
}
