/** Waits for a state that others change. */

import { EventEmitter, once } from 'node:events';

export interface Changes {
  /** To be called when the state has changed. */
  announce(): void;
  /** Resolves when `condition` holds, the time is up, or the signal aborts. */
  until(condition: () => boolean, timeoutMs?: number | undefined): Promise<void>;
}

export function createChanges(signal: AbortSignal): Changes {
  const emitter = new EventEmitter();
  return {
    announce: () => void emitter.emit('change'),
    async until(condition, timeoutMs) {
      const late = new AbortController();
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => late.abort(), timeoutMs);
      const over = AbortSignal.any([signal, late.signal]);
      while (!condition() && !over.aborted) await once(emitter, 'change', { signal: over }).catch(() => {});
      clearTimeout(timer);
    },
  };
}
