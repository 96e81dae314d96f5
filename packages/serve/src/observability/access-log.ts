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
  const { open, key, quote, close } = format === 'json' ? json : text;
  const begin = open + key('time');
  const requestId = key('requestId');
  const formatMethod = createTextFormat(key('method'), quote);
  const formatPath = createTextFormat(key('path'), quote);
  const status = key('status');
  const formatCode = createTextFormat(key('code'), quote);
  const duration = key('durationMs');
  const queue = key('queueMs');
  const predict = key('predictMs');
  const requestBytes = key('requestBytes');
  const replyBytes = key('replyBytes');
  const formatContentType = createTextFormat(key('contentType'), quote);
  const formatTime = createTimeFormat(quote);
  const formatInvocation = (record: InvocationRecord) => {
    const { queueMs, predictMs } = record;
    return (
      begin +
      formatTime() +
      requestId +
      quote(record.requestId) +
      formatMethod(record.method) +
      formatPath(record.path) +
      status +
      record.status +
      formatCode(record.errorCode) +
      formatDuration(duration, record.durationMs) +
      formatDuration(queue, queueMs) +
      formatDuration(predict, predictMs) +
      requestBytes +
      record.requestBytes +
      replyBytes +
      record.replyBytes +
      formatContentType(record.contentType) +
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
          begin +
            formatTime() +
            formatMethod(request.method) +
            formatPath(path) +
            status +
            response.statusCode +
            formatDuration(duration, performance.now() - startedMs) +
            close,
        );
      });
    },
    flush: buffer.flush,
  };
}

/** Many requests end in the same millisecond. */
function createTimeFormat(quote: LineFormat['quote']): () => string {
  let lastMs = 0;
  let lastTime = '';
  return () => {
    const nowMs = Date.now();
    if (nowMs !== lastMs) {
      lastMs = nowMs;
      lastTime = quote(new Date(nowMs).toISOString());
    }
    return lastTime;
  };
}

/** Writes a field, or nothing; a value is mostly the same as the last time. */
function createTextFormat(name: string, quote: LineFormat['quote']): (value: string | undefined) => string {
  let lastValue: string | undefined;
  let lastField = '';
  return (value) => {
    if (value !== lastValue) {
      lastValue = value;
      lastField = value === undefined ? '' : name + quote(value);
    }
    return lastField;
  };
}

function formatDuration(name: string, durationMs: number | undefined): string {
  return durationMs === undefined ? '' : name + formatMs(durationMs);
}

/** To the microsecond; JavaScript writes whole numbers in a third of the time of others. */
function formatMs(durationMs: number): string {
  const us = Math.round(durationMs * 1e3);
  const wholeMs = Math.floor(us / 1e3);
  const rest = us - 1e3 * wholeMs;
  if (rest === 0) return `${wholeMs}`;
  return `${wholeMs}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}`;
}

/** What needs no quotes in text, and only quotes in JSON. */
const plainPattern = /^[\w./:@-]+$/;

/** How a line is written: every field is a text of its own, and all are put together at once. */
interface LineFormat {
  readonly open: string;
  /** What stands before a value. */
  key(name: string): string;
  quote(value: string): string;
  readonly close: string;
}

const text: LineFormat = {
  open: 'INFO  request',
  key: (name) => ` ${name}=`,
  quote: (value) => (plainPattern.test(value) ? value : JSON.stringify(value)),
  close: '',
};

const json: LineFormat = {
  open: '{"level":"info","message":"request"',
  key: (name) => `,"${name}":`,
  quote: (value) => (plainPattern.test(value) ? `"${value}"` : JSON.stringify(value)),
  close: '}',
};
