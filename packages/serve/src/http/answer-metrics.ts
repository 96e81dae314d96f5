/** Answers `/metrics`, which the platform's collector reads. Source: `MetricsEndpoint`, by default on port 8080. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MetricsText } from '../observability/render-metrics.ts';
import { refuseUnlessRead } from './refuse-unless-read.ts';
import { writeReply } from './write-reply.ts';

/** Answers in the text format of Prometheus, in this thread: a busy model makes no scrape wait. */
export function answerMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  render: () => MetricsText,
): void {
  if (refuseUnlessRead('/metrics', request, response)) return;
  const { contentType, text } = render();
  writeReply(response, { status: 200, headers: { 'content-type': contentType }, body: text });
}
