/** Serves a fixture as a process of its own, as a container does: told `FIXTURE OPTIONS`, ends at SIGTERM. */

import process from 'node:process';
import { createApp } from '@optml/serve';

const [fixture = '', options = '{}'] = process.argv.slice(2);
const write = (level: string) => (message: string, fields?: object) =>
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
const { listen } = createApp(new URL(`../fixtures/${fixture}.ts`, import.meta.url), {
  modelDirectory: process.cwd(),
  log: { debug: () => undefined, info: write('info'), warn: write('warn'), error: write('error') },
  ...JSON.parse(options),
});
const server = await listen({ port: 0, host: '127.0.0.1' });
process.once('SIGTERM', () => void server.close());
await server.ready();
process.stdout.write(`${JSON.stringify({ message: 'ready', url: server.url })}\n`);
await server.closed();
process.exit(0);
