/** Answers `/` with the playground: a page of one file that needs nothing from anywhere else. */

import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import page from '../self-description/playground.html';
import { refuseMethod } from './refuse-method.ts';
import { writeReply } from './write-reply.ts';

/** The page may run its own script and talk to its own server, and nothing else. */
const policy = [
  "default-src 'none'",
  `script-src ${allow('script')}`,
  `style-src ${allow('style')}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

/** Answers with the page, whatever the state of the model: the page says so itself. */
export function answerPlayground(request: IncomingMessage, response: ServerResponse): void {
  if (!refuseMethod('/', request, response)) writeReply(response, { status: 200, headers, body: page });
}

/** Names an element of the page by what is in it. */
function allow(element: 'script' | 'style'): string {
  const text = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(page)?.[1] ?? '';
  return `'sha256-${hash('sha256', text, 'base64')}'`;
}
