/** Writes a line for every request, of which the fields are the same in text and in JSON. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InvocationRecord, RecordSink } from './invocation-record.ts';
import { createLineBuffer } from './line-buffer.ts';

/** What becomes of a line for each request. */
export interface AccessLogOptions {
  /** Gets whole lines, several at once; at the latest 100 ms after the request was answered. */
  write(lines: string): void;
  /** `text` as in `INFO  request status=200` (default), or one JSON object a line. */
  readonly format?: 'text' | 'json' | undefined;
  /** True for lines of health checks, too, which come every few seconds; default false. */
  readonly pings?: boolean | undefined;
}

export interface AccessLog {
  readonly addInvocation: RecordSink;
  /** Watches any other request, whose line is written when it has been answered. */
  watch(request: IncomingMessage, response: ServerResponse, path: string): void;
  flush(): void;
}

/** Creates an access log. Bodies, query strings and headers other than the content type never get into it. */
export function createAccessLog({ write, format = 'text', pings = false }: AccessLogOptions): AccessLog {
  const buffer = createLineBuffer(write);
  const { open, field, close } = format === 'json' ? json : text;
  const formatInvocation = (record: InvocationRecord) => {
    const { queueMs, predictMs } = record;
    return (
      open +
      field('time', formatTime()) +
      field('requestId', record.requestId) +
      field('method', record.method) +
      field('path', record.path) +
      field('status', record.status) +
      field('code', record.errorCode) +
      field('durationMs', roundMs(record.durationMs)) +
      field('queueMs', queueMs === undefined ? undefined : roundMs(queueMs)) +
      field('predictMs', predictMs === undefined ? undefined : roundMs(predictMs)) +
      field('requestBytes', record.requestBytes) +
      field('replyBytes', record.replyBytes) +
      field('contentType', record.contentType) +
      close
    );
  };
  return {
    addInvocation: (record) => buffer.add(formatInvocation(record)),
    watch(request, response, path) {
      if (path === '/ping' && !pings) return;
      const startedMs = performance.now();
      response.once('close', () => {
        buffer.add(
          open +
            field('time', formatTime()) +
            field('method', request.method) +
            field('path', path) +
            field('status', response.statusCode) +
            field('durationMs', roundMs(performance.now() - startedMs)) +
            close,
        );
      });
    },
    flush: buffer.flush,
  };
}

let lastMs = 0;
let lastTime = '';

/** Many requests end in the same millisecond. */
function formatTime(): string {
  const nowMs = Date.now();
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    lastTime = new Date(nowMs).toISOString();
  }
  return lastTime;
}

function roundMs(durationMs: number): number {
  return Math.round(durationMs * 1e3) / 1e3;
}

/** What needs no quotes in text, and only quotes in JSON. */
const plainPattern = /^[\w./:@-]+$/;

/** How a line is written; text that is put together at once costs half of a list of fields. */
interface LineFormat {
  readonly open: string;
  field(name: string, value: string | number | undefined): string;
  readonly close: string;
}

const text: LineFormat = {
  open: 'INFO  request',
  field(name, value) {
    if (value === undefined) return '';
    const isPlain = typeof value === 'number' || plainPattern.test(value);
    return ` ${name}=${isPlain ? value : JSON.stringify(value)}`;
  },
  close: '',
};

const json: LineFormat = {
  open: '{"level":"info","message":"request"',
  field(name, value) {
    if (value === undefined) return '';
    if (typeof value === 'number') return `,"${name}":${value}`;
    return plainPattern.test(value) ? `,"${name}":"${value}"` : `,"${name}":${JSON.stringify(value)}`;
  },
  close: '}',
};
