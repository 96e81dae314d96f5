/** Node's own client, which tells the pieces of a reply apart, and one that was cut off from one that ended. */

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

/** Asks for a prediction; resolves when the head of the reply is here. */
export async function ask(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<IncomingMessage> {
  const all = { 'content-type': 'application/json', accept: 'application/jsonlines', ...headers };
  const sent = request(`${url}/invocations`, { method: 'POST', headers: all });
  sent.end(body);
  const [reply] = await once(sent, 'response');
  return reply as IncomingMessage;
}

/** Reads to the end, or to where the reply is cut off. */
export async function readAll(
  reply: IncomingMessage,
): Promise<{ readonly text: string; readonly isWhole: boolean }> {
  const chunks: Buffer[] = [];
  reply.on('data', (chunk: Buffer) => void chunks.push(chunk));
  reply.on('error', () => undefined);
  await new Promise((resolve) => reply.once('close', resolve));
  return { text: Buffer.concat(chunks).toString(), isWhole: reply.complete };
}
