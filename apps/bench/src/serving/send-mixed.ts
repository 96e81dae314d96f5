/** Sends requests of all kinds at once and counts what becomes of them. */

import { Agent, request } from 'node:http';

/** What each kind may be answered with; 500 beside a crash, for what the same thread had begun. */
const expected: Readonly<Record<number, readonly number[]>> = {
  1: [200, 500],
  2: [200, 500],
  3: [200, 500],
  4: [500],
  5: [500],
  6: [200, 500],
};

export interface MixedCounts {
  answered: number;
  crashes: number;
  /** Of requests that should have been answered with 200. */
  failedBesideCrash: number;
  /** Without an answer, or with one of another status than any that it may have. */
  lost: number;
}

/** Over all calls: a body that came again would be refused after its second crash. */
let sent = 0;

/** Sends over so many connections until the time is over; one request in 2,000 ends a thread. */
export async function sendMixed(url: string, connections: number, durationMs: number): Promise<MixedCounts> {
  const counts: MixedCounts = { answered: 0, crashes: 0, failedBesideCrash: 0, lost: 0 };
  const agent = new Agent({ keepAlive: true });
  const endMs = performance.now() + durationMs;
  const sendAll = async () => {
    while (performance.now() < endMs) {
      sent += 1;
      const kind = chooseKind(sent);
      const status = await send(url, agent, `${kind},${sent}\n`);
      if (kind === 5) counts.crashes += 1;
      if (expected[kind]?.includes(status)) counts.answered += 1;
      else counts.lost += 1;
      if (status === 500 && expected[kind]?.includes(200)) counts.failedBesideCrash += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, sendAll));
  agent.destroy();
  return counts;
}

function chooseKind(number: number): number {
  if (number % 2_000 === 0) return 5;
  if (number % 1_500 === 0) return 6;
  if (number % 50 === 0) return 4;
  return number % 10 === 0 ? 2 : number % 10 === 5 ? 3 : 1;
}

function send(url: string, agent: Agent, body: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'text/csv' };
    const call = request(`${url}/invocations`, { method: 'POST', agent, headers }, (reply) => {
      reply.resume().on('end', () => resolve(reply.statusCode ?? 0));
      reply.on('error', () => resolve(0));
    });
    call.on('error', () => resolve(0));
    call.end(body);
  });
}
