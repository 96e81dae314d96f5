/** A client of sessions, as InvokeEndpoint speaks for it. */

import type { ServerOptions } from '@optml/serve';
import { readReply, startReadyServer } from './start-server.ts';

const header = 'x-amzn-sagemaker-session-id';
const attributes = 'x-amzn-sagemaker-custom-attributes';

/** Starts a server of sessions. */
export async function startSessions(fixture: string, options: ServerOptions = {}) {
  const started = await startReadyServer(fixture, options);
  const send = (body: unknown, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    started.invoke(JSON.stringify(body), { 'content-type': 'application/json', ...headers }, init);
  /** Asks for a session, whose state may have a name. */
  const askForSession = (name?: string, init: RequestInit = {}) =>
    send(
      { requestType: 'NEW_SESSION' },
      { [header]: 'NEW_SESSION', ...(name !== undefined && { [attributes]: name }) },
      init,
    );
  return {
    ...started,
    send,
    askForSession,
    /** Gives the id of a new session. */
    async open(name?: string): Promise<string> {
      const reply = await askForSession(name);
      await reply.arrayBuffer();
      return readSessionId(reply);
    },
    use: (id: string, body: unknown, init: RequestInit = {}) => send(body, { [header]: id }, init),
    close: (id: string) => send({ requestType: 'CLOSE' }, { [header]: id }),
  };
}

/** The id that a reply tells of a new session. */
export function readSessionId(reply: Response): string {
  return reply.headers.get('x-amzn-sagemaker-new-session-id')?.split(';')[0] ?? '';
}

/** What a reply has predicted, or the code of its error. */
export async function readAnswer(reply: Response | Promise<Response>): Promise<unknown> {
  const { predictions, error } = await readReply(await reply);
  return predictions ?? [(await reply).status, error.code];
}
