/** Notices that the other end of a connection is gone although nothing closed it, as when an instance dies. */

export interface HeartbeatOptions {
  readonly intervalMs: number;
  readonly silenceMs: number;
  /** Called every interval. */
  readonly beat: () => void;
  /** Called at most once. */
  readonly onSilence: () => void;
}

export interface Heartbeat {
  /** Call it for everything that arrives. */
  heard(): void;
  stop(): void;
}

/**
 * Starts the heartbeat. Time is monotonic: a clock that jumps changes nothing. Time in which this process could
 * not read what had arrived, because its own loop was blocked, does not count as the other's silence.
 */
export function startHeartbeat({ intervalMs, silenceMs, beat, onSilence }: HeartbeatOptions): Heartbeat {
  let heardAt = performance.now();
  let tickedAt = heardAt;
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - tickedAt > 2 * intervalMs) heardAt = now;
    tickedAt = now;
    if (now - heardAt <= silenceMs) {
      beat();
    } else {
      clearInterval(timer);
      onSilence();
    }
  }, intervalMs);
  return {
    heard: () => {
      heardAt = performance.now();
    },
    stop: () => clearInterval(timer),
  };
}
