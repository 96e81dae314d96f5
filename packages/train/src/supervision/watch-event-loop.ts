/** Notices when the event loop of the training process is blocked: no stop can be heard there meanwhile. */

import type { ChildProcess } from 'node:child_process';
import type { Log } from '@optml/contract/log';
import { isMessage } from '../job/messages.ts';

export interface WatchOptions {
  readonly log: Log;
  /** Without an answer for so long the loop counts as blocked; default 10,000 ms. */
  readonly blockedAfterMs?: number | undefined;
}

/**
 * Asks `child` again and again, five times in `blockedAfterMs`, whether it is there; logs once when it falls silent and
 * once when it is back.
 */
export function watchEventLoop(child: ChildProcess, { log, blockedAfterMs = 10_000 }: WatchOptions): void {
  let lastHeardMs = performance.now();
  let isBlocked = false;
  child.on('message', (message) => {
    if (!isMessage(message) || message.kind !== 'optml:alive') return;
    const nowMs = performance.now();
    const blockedSeconds = seconds(nowMs, lastHeardMs);
    if (isBlocked) log.info('the event loop of the training process is free again', { blockedSeconds });
    isBlocked = false;
    lastHeardMs = nowMs;
  });
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (!isBlocked && nowMs - lastHeardMs > blockedAfterMs) {
      isBlocked = true;
      const message =
        'the event loop of the training process is blocked: a request to stop takes effect only when it is free';
      log.warn(message, { blockedSeconds: seconds(nowMs, lastHeardMs) });
    }
    if (child.connected) child.send({ kind: 'optml:are-you-there' }, () => {});
  }, blockedAfterMs / 5);
  timer.unref();
  child.once('exit', () => clearInterval(timer));
}

function seconds(nowMs: number, thenMs: number): number {
  return Math.round((nowMs - thenMs) / 1000);
}
