/** Writes a line for every request, of which the fields are the same in text and in JSON. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InvocationRecord, RecordSink } from './invocation-record.ts';
import { LineBuffer, maximumMsBytes } from './line-buffer.ts';

/** What becomes of a line for each request. */
export interface AccessLogOptions {
  /** Gets whole lines in UTF-8, several at once, at the latest 100 ms after the request was answered; their bytes are its own. */
  write(lines: Buffer): void;
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
  const lines = new LineBuffer(write);
  const parts = createParts(format === 'json' ? json : text);
  const { quote, queueKey, predictKey } = parts;
  const otherBytes = queueKey.length + predictKey.length + 3 * maximumMsBytes;
  return {
    addInvocation(record) {
      const requestId = quote(record.requestId);
      const [begin, answer, end] = [parts.begin(record), parts.answer(record), parts.end(record)];
      const { queueMs, predictMs } = record;
      lines.beginLine(begin.length + requestId.length + answer.length + end.length + otherBytes);
      lines.add(begin);
      lines.addAscii(requestId);
      lines.add(answer);
      lines.addMs(record.durationMs);
      if (queueMs !== undefined) {
        lines.add(queueKey);
        lines.addMs(queueMs);
      }
      if (predictMs !== undefined) {
        lines.add(predictKey);
        lines.addMs(predictMs);
      }
      lines.add(end);
    },
    watch(request, response, path) {
      if (path === '/ping' && !pings) return;
      const startedMs = performance.now();
      response.once('close', () => {
        const { method = '' } = request;
        const begin = Buffer.from(parts.formatOther({ method, path, status: response.statusCode }));
        lines.beginLine(begin.length + maximumMsBytes + parts.close.length);
        lines.add(begin);
        lines.addMs(performance.now() - startedMs);
        lines.addAscii(parts.close);
      });
    },
    flush: () => lines.flush(),
  };
}

/** What a line is put together from, in its order; ids and durations stand between. */
function createParts({ open, key, quote, close: closing }: LineFormat) {
  const field = (name: string, value: string | undefined) =>
    value === undefined ? '' : key(name) + quote(value);
  const number = (name: string, value: number) => key(name) + value;
  const formatTime = (nowMs: number) => open + field('time', new Date(nowMs).toISOString());
  const close = `${closing}\n`;
  return {
    quote,
    begin: createBegin((nowMs) => formatTime(nowMs) + key('requestId')),
    answer: keepBytes(
      (one, other) =>
        one.status === other.status &&
        one.errorCode === other.errorCode &&
        one.path === other.path &&
        one.method === other.method,
      ({ method, path, status, errorCode }) =>
        field('method', method) +
        field('path', path) +
        number('status', status) +
        field('code', errorCode) +
        key('durationMs'),
    ),
    queueKey: Buffer.from(key('queueMs')),
    predictKey: Buffer.from(key('predictMs')),
    end: keepBytes(
      (one, other) =>
        one.requestBytes === other.requestBytes &&
        one.replyBytes === other.replyBytes &&
        one.contentType === other.contentType,
      ({ requestBytes, replyBytes, contentType }) =>
        number('requestBytes', requestBytes) +
        number('replyBytes', replyBytes) +
        field('contentType', contentType) +
        close,
    ),
    /** All of a request that is no invocation, up to its duration. */
    formatOther: ({ method, path, status }: Pick<InvocationRecord, 'method' | 'path' | 'status'>) =>
      formatTime(Date.now()) +
      field('method', method) +
      field('path', path) +
      number('status', status) +
      key('durationMs'),
    close,
  };
}

/** Those that are answered in one turn end at the same time, and many turns are of the same millisecond. */
function createBegin(format: (nowMs: number) => string): (record: InvocationRecord) => Uint8Array {
  let [lastEndedMs, lastMs] = [-1, -1];
  let bytes: Uint8Array = new Uint8Array(0);
  return ({ endedMs }) => {
    if (endedMs === lastEndedMs) return bytes;
    lastEndedMs = endedMs;
    const nowMs = Date.now();
    if (nowMs !== lastMs) {
      lastMs = nowMs;
      bytes = Buffer.from(format(nowMs));
    }
    return bytes;
  };
}

/** Formats a part of a line only when it is another one than in the line before. */
function keepBytes(
  isSame: (one: InvocationRecord, other: InvocationRecord) => boolean,
  format: (record: InvocationRecord) => string,
): (record: InvocationRecord) => Uint8Array {
  let last: InvocationRecord | undefined;
  let bytes: Uint8Array = new Uint8Array(0);
  return (record) => {
    if (last === undefined || !isSame(last, record)) {
      last = record;
      bytes = Buffer.from(format(record));
    }
    return bytes;
  };
}

/** What needs no quotes in text, and only quotes in JSON. */
const plainPattern = /^[\w./:@-]+$/;

/** How a line and its fields are written. */
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
