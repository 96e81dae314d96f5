/** Sends invocations over several connections at once, one after another on each, and counts what became of them. */

import { Agent, request } from 'node:http';

export interface LoadOptions {
  readonly connections: number;
  /** In all; default: until every connection has been refused. */
  readonly requests?: number;
  /** Called once, when every connection has had its first answer. */
  readonly onAnswered?: () => void;
}

/**
 * Gives counts by status, and by `refused` (no connection came about, so no request was accepted) and `lost` (a
 * connection ended without an answer).
 */
export async function sendLoad(url: string, options: LoadOptions): Promise<Record<string, number>> {
  const { connections, requests = Number.POSITIVE_INFINITY, onAnswered = () => {} } = options;
  const agent = new Agent({ keepAlive: true });
  const counts: Record<string, number> = {};
  let begun = 0;
  let answering = 0;
  const sendAll = async () => {
    for (let isFirst = true; begun < requests; isFirst = false) {
      begun += 1;
      const outcome = await send(url, agent);
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      if (outcome === 'refused' || outcome === 'lost') return;
      if (!isFirst) continue;
      answering += 1;
      if (answering === connections) onAnswered();
    }
  };
  await Promise.all(Array.from({ length: connections }, sendAll));
  agent.destroy();
  return counts;
}

function send(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'text/csv', accept: 'text/csv' };
    const call = request(`${url}/invocations`, { method: 'POST', agent, headers }, (reply) => {
      reply.resume().on('end', () => resolve(String(reply.statusCode)));
      reply.on('error', () => resolve('lost'));
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.syscall === 'connect' ? 'refused' : 'lost');
    });
    call.end('5.1,3.5,1.4,0.2\n');
  });
}
