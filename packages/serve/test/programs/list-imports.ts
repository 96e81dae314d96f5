/** Answers an invocation without an SDK of tracing, and prints what of OpenTelemetry it has loaded. */

import { registerHooks } from 'node:module';
import process from 'node:process';

const loaded: string[] = [];
registerHooks({
  resolve(specifier, context, next) {
    if (/opentelemetry/.test(specifier)) loaded.push(specifier);
    return next(specifier, context);
  },
});
const { createApp } = await import('@optml/serve');
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const predictor = new URL('../fixtures/sums.ts', import.meta.url);
const { listen } = createApp(predictor, {
  modelDirectory: process.cwd(),
  log,
  isolation: 'inline',
  drain: { graceMs: 0 },
});
const server = await listen({ port: 0, host: '127.0.0.1' });
await server.ready();
const headers = { 'content-type': 'text/csv' };
const { status } = await fetch(`${server.url}/invocations`, { method: 'POST', body: '1', headers });
process.stdout.write(`${JSON.stringify({ status, loaded })}\n`);
await server.close();
