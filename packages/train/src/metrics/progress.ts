/** Tells how far long work has come: as a bar in a terminal, as a line now and then in a log. */

import type { Log } from '@optml/contract/log';
import { TrainError } from '../errors.ts';
import type { StatusLine } from './status-line.ts';

export interface Progress {
  /** Counts what was done since the last call; default 1. */
  advance(count?: number): void;
  /** Shows the end; called by itself when all is done. */
  finish(): void;
}

export interface ProgressOptions {
  /** What the work is called; default `progress`. */
  readonly label?: string | undefined;
  /** The shortest time between two lines of a log, in milliseconds; default 30,000. */
  readonly everyMs?: number | undefined;
}

export interface ProgressSurroundings {
  readonly log: Log;
  /** Milliseconds of a clock that never jumps. */
  readonly nowMs: () => number;
  /** Given when the output is a terminal. */
  readonly statusLine: StatusLine | undefined;
}

/** How often a bar moves: more is not seen. */
const barEveryMs = 100;

/**
 * Starts to count up to `total`.
 *
 * @throws TrainError `METRIC_INVALID` for a total that is not a number above 0.
 */
export function createProgress(
  total: number,
  { label = 'progress', everyMs = 30_000 }: ProgressOptions,
  { log, nowMs, statusLine }: ProgressSurroundings,
): Progress {
  if (!(total > 0 && Number.isFinite(total))) {
    throw new TrainError('METRIC_INVALID', `cannot show progress up to ${total}: expected a number above 0`);
  }
  const startedMs = nowMs();
  let done = 0;
  let toldMs = startedMs;
  let isFinished = false;
  const logLine = () => {
    const { percent, ...others } = describe(done, total, nowMs() - startedMs);
    log.info(`${label} ${percent} %`, { done, total, ...others });
  };
  const tell = () => {
    toldMs = nowMs();
    if (statusLine === undefined) logLine();
    else statusLine.show(drawBar(label, done, total, toldMs - startedMs));
  };
  const finish = () => {
    if (isFinished) return;
    isFinished = true;
    statusLine?.clear();
    logLine();
  };
  return {
    finish,
    advance(count = 1) {
      if (isFinished) return;
      done += count;
      if (done >= total) finish();
      else if (nowMs() - toldMs >= (statusLine === undefined ? everyMs : barEveryMs)) tell();
    },
  };
}

function describe(done: number, total: number, elapsedMs: number) {
  const seconds = elapsedMs / 1000;
  const perSecond = seconds > 0 ? done / seconds : 0;
  return {
    percent: Math.floor((100 * done) / total),
    seconds: round(seconds),
    perSecond: perSecond > 0 ? round(perSecond) : undefined,
    secondsLeft: perSecond > 0 && done < total ? Math.ceil((total - done) / perSecond) : undefined,
  };
}

/** Three digits are enough for the eye. */
function round(value: number): number {
  return Number(value.toPrecision(3));
}

const barWidth = 30;

function drawBar(label: string, done: number, total: number, elapsedMs: number): string {
  const { percent, secondsLeft } = describe(done, total, elapsedMs);
  const filled = Math.floor((barWidth * done) / total);
  const bar = '='.repeat(filled).padEnd(barWidth);
  return `${label} [${bar}] ${percent} %${secondsLeft === undefined ? '' : `, ${secondsLeft} s left`}`;
}
