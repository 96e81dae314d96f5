/** Fetches from an address that AWS has signed, through the same proxies as the calls. */

import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Connections } from '@optml/image/proxy';

/** What `download` needs beside the address. */
export interface DownloadOptions {
  /** Default: direct ones. */
  readonly connections: Connections | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Gives the bytes of a small document. Rejects with the error of the connection, and for any status but 200. */
export async function download(url: URL, { connections, signal }: DownloadOptions): Promise<Uint8Array> {
  const isPlain = url.protocol === 'http:';
  const agent = isPlain ? connections?.http : connections?.https;
  const outgoing = (isPlain ? http : https).get(url, { agent, signal });
  const [answer] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
  return Buffer.concat(chunks);
}
