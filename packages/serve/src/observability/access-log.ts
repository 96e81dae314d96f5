/** Writes a line for every request, of which the fields are the same in text and in JSON. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InvocationRecord, InvocationSteps } from './invocation-record.ts';

/** What becomes of a line for each request. */
export interface AccessLogOptions {
  /** Gets whole lines in UTF-8, several at once, at the latest 100 ms after the request was answered; their bytes are its own. */
  write(lines: Buffer): void;
  /** `text` as in `INFO  request status=200` (default), or one JSON object a line. */
  readonly format?: 'text' | 'json' | undefined;
  /** True for lines of health checks, too, which come every few seconds; default false. */
  readonly pings?: boolean | undefined;
}

/** Creates an access log. Bodies, query strings and headers other than the content type never get into it. */
export function createAccessLog({ write, format = 'text', pings = false }: AccessLogOptions) {
  const lines = gatherLines(write);
  const { open, quote, key, close } = formats[format];
  const field = (name: string, value: string | undefined) =>
    value === undefined ? '' : key(name) + quote(value);
  const number = (name: string, value: number) => key(name) + value;
  const duration = (name: string, ms: number | undefined) =>
    ms === undefined ? '' : key(name) + Math.round(ms * 1e3) / 1e3;
  const answer = ({ method, path, status }: Pick<InvocationRecord, 'method' | 'path' | 'status'>) =>
    field('method', method) + field('path', path) + number('status', status);
  let [lastMs, lastTime] = [-1, ''];
  const begin = () => {
    const nowMs = Date.now();
    // Of a busy server, many lines are of the same millisecond.
    if (nowMs !== lastMs) [lastMs, lastTime] = [nowMs, open + field('time', new Date(nowMs).toISOString())];
    return lastTime;
  };
  return {
    addInvocation: (record: InvocationRecord) =>
      lines.add(
        begin() +
          field('requestId', record.requestId) +
          answer(record) +
          field('code', record.errorCode) +
          (record.closeCode === undefined ? '' : number('closeCode', record.closeCode)) +
          duration('durationMs', record.durationMs) +
          duration(
            'queueMs',
            record.parts === undefined ? record.queueMs : sumSteps(record.parts, 'queueMs'),
          ) +
          duration(
            'predictMs',
            record.parts === undefined ? record.predictMs : sumSteps(record.parts, 'predictMs'),
          ) +
          number('requestBytes', record.requestBytes) +
          number('replyBytes', record.replyBytes) +
          field('contentType', record.contentType) +
          close,
      ),
    /** Watches any other request, whose line is written when it has been answered. */
    watch(request: IncomingMessage, response: ServerResponse, path: string): void {
      if (path === '/ping' && !pings) return;
      const startedMs = performance.now();
      response.once('close', () => {
        const { method = '' } = request;
        const durationMs = performance.now() - startedMs;
        lines.add(
          begin() +
            answer({ method, path, status: response.statusCode }) +
            duration('durationMs', durationMs) +
            close,
        );
      });
    },
    flush: lines.flush,
  };
}

/** Of a body that was predicted part by part, what all of them took together. */
function sumSteps(parts: readonly InvocationSteps[], step: 'queueMs' | 'predictMs'): number | undefined {
  const known = parts.map((part) => part[step]).filter((ms) => ms !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, ms) => sum + ms, 0);
}

const maximumWaitMs = 100;
const usualCharacters = 64 * 1024;

/** Holds lines until there are many, so that a busy server does not pay for a write with every request. */
function gatherLines(write: AccessLogOptions['write']) {
  let lines = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (lines === '') return;
    const bytes = Buffer.from(lines);
    lines = '';
    write(bytes);
  };
  return {
    flush,
    add(line: string) {
      lines += line;
      if (lines.length >= usualCharacters) flush();
      else timer ??= setTimeout(flush, maximumWaitMs).unref();
    },
  };
}

/** What needs no quotes in text, and only quotes in JSON. */
const plainPattern = /^[\w./:@-]+$/;

/** How a line and its fields are written; `key` is what stands before a value. */
const formats = {
  text: {
    open: 'INFO  request',
    key: (name: string) => ` ${name}=`,
    quote: (value: string) => (plainPattern.test(value) ? value : JSON.stringify(value)),
    close: '\n',
  },
  json: {
    open: '{"level":"info","message":"request"',
    key: (name: string) => `,"${name}":`,
    quote: (value: string) => (plainPattern.test(value) ? `"${value}"` : JSON.stringify(value)),
    close: '}\n',
  },
};
