/** A stop as the author's code meets it: a signal that aborts, and callbacks that know how much time is left. */

import type { StopRequest } from '../checkpoints/checkpoints.ts';

export type StopCallback = (request: StopRequest) => void | Promise<void>;

export interface Stop {
  readonly signal: AbortSignal;
  /** Asks the author's code to stop, because of `reason` if there is one; only the first call counts. */
  readonly request: (reason?: Error) => void;
  onStop(callback: StopCallback): void;
  /**
   * Waits until the author's code has ended: `ended` when its run has (what it throws because of the stop is a
   * good end), `stopped` when the callbacks of a stop are done and the run goes on.
   */
  settle(run: Promise<void>): Promise<'ended' | 'stopped'>;
}

/** Creates a stop whose deadline is `timeoutMs` after the request, on a clock that never jumps. */
export function createStop(timeoutMs: number): Stop {
  const controller = new AbortController();
  const callbacks: StopCallback[] = [];
  const stopped = Promise.withResolvers<void>();
  const { signal } = controller;
  let request: StopRequest | undefined;

  function requestStop(reason?: Error) {
    if (request !== undefined) return;
    const deadlineMs = performance.now() + timeoutMs;
    request = { remainingMs: () => Math.max(0, Math.round(deadlineMs - performance.now())) };
    controller.abort(reason ?? new DOMException('the job was asked to stop', 'AbortError'));
    if (callbacks.length > 0) callAll(request).then(stopped.resolve, stopped.reject);
  }

  async function callAll(given: StopRequest) {
    await Promise.all(callbacks.map(async (callback) => callback(given)));
  }

  /** True for what a run throws because it was asked to stop. */
  const isReason = (error: unknown) =>
    signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));

  return {
    signal,
    request: requestStop,
    onStop(callback) {
      if (request === undefined) callbacks.push(callback);
      else void Promise.resolve(callback(request));
    },
    async settle(run) {
      const ended = run.catch((error: unknown) => {
        if (!isReason(error)) throw error;
      });
      const first = await Promise.race([ended.then(() => 'run'), stopped.promise.then(() => 'callbacks')]);
      if (first === 'callbacks') return 'stopped';
      if (signal.aborted && callbacks.length > 0) await stopped.promise;
      return 'ended';
    },
  };
}
