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

type Fields = readonly (readonly [name: string, value: string | number | undefined])[];

/** Creates an access log. Bodies, query strings and headers other than the content type never get into it. */
export function createAccessLog({ write, format = 'text', pings = false }: AccessLogOptions): AccessLog {
  const buffer = createLineBuffer(write);
  const formatLine = format === 'json' ? formatJson : formatText;
  return {
    addInvocation: (record) => buffer.add(formatLine(listFields(record))),
    watch(request, response, path) {
      if (path === '/ping' && !pings) return;
      const startedMs = performance.now();
      response.once('close', () => {
        const fields: Fields = [
          ['time', formatTime()],
          ['method', request.method],
          ['path', path],
          ['status', response.statusCode],
          ['durationMs', roundMs(performance.now() - startedMs)],
        ];
        buffer.add(formatLine(fields));
      });
    },
    flush: buffer.flush,
  };
}

function listFields(record: InvocationRecord): Fields {
  const { queueMs, predictMs } = record.measureSteps();
  return [
    ['time', formatTime()],
    ['requestId', record.requestId],
    ['method', record.method],
    ['path', record.path],
    ['status', record.status],
    ['code', record.errorCode],
    ['durationMs', roundMs(record.durationMs)],
    ['queueMs', queueMs === undefined ? undefined : roundMs(queueMs)],
    ['predictMs', predictMs === undefined ? undefined : roundMs(predictMs)],
    ['requestBytes', record.requestBytes],
    ['replyBytes', record.replyBytes],
    ['contentType', record.contentType],
  ];
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

function formatText(fields: Fields): string {
  let line = 'INFO  request';
  for (const [name, value] of fields) {
    if (value === undefined) continue;
    line +=
      typeof value === 'number' || plainPattern.test(value)
        ? ` ${name}=${value}`
        : ` ${name}=${JSON.stringify(value)}`;
  }
  return line;
}

function formatJson(fields: Fields): string {
  let line = '{"level":"info","message":"request"';
  for (const [name, value] of fields) {
    if (value === undefined) continue;
    if (typeof value === 'number') line += `,"${name}":${value}`;
    else line += plainPattern.test(value) ? `,"${name}":"${value}"` : `,"${name}":${JSON.stringify(value)}`;
  }
  return `${line}}`;
}
