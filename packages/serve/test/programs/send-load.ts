/**
 * Sends invocations over several connections, one after another on each, until the server refuses connections.
 * Told `URL CONNECTIONS`; writes `under load` once every connection has had ten answers, and at its end a line of JSON
 * with what became of the requests. One whose connection breaks without an answer is lost.
 */

import { Agent, request } from 'node:http';
import process from 'node:process';

const [url = '', connections = '1'] = process.argv.slice(2);
const counts: Record<string, number> = { lost: 0, refused: 0 };
const agent = new Agent({ keepAlive: true });
let waiting = Number(connections);

await Promise.all(Array.from({ length: waiting }, sendAll));
process.stdout.write(`${JSON.stringify(counts)}\n`);
process.exit(0);

async function sendAll(): Promise<void> {
  for (let answers = 1; ; answers += 1) {
    const outcome = await send();
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    if (outcome === 'refused') return;
    if (answers === 10) waiting -= 1;
    if (answers === 10 && waiting === 0) process.stdout.write('under load\n');
  }
}

function send(): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' };
    const call = request(`${url}/invocations`, { method: 'POST', agent, headers }, (reply) => {
      reply.resume().on('end', () => resolve(String(reply.statusCode)));
      reply.on('error', () => resolve('lost'));
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      // A connection that never came about carried no request.
      if (error.syscall !== 'connect') process.stderr.write(`${error.stack}\n`);
      resolve(error.syscall === 'connect' ? 'refused' : 'lost');
    });
    call.end('[[1,2]]');
  });
}
