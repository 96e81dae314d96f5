/** Starts containers that serve, with their port published, and invokes them. */

import { type Container, startContainer, surroundings } from './containers.ts';
import { docker } from './docker.ts';

export interface ServerOptions {
  /** Default: the image that the engine built. */
  readonly image?: string;
  /** The one that it listens on inside. */
  readonly port?: number;
}

/** Starts a server with 512 MB whose port is published on loopback, and waits until it is ready. */
export async function startServer(
  options: readonly string[],
  { image, port = 8080 }: ServerOptions = {},
): Promise<{ container: Container; url: string }> {
  const publish = ['--network', surroundings.network, '--publish', `127.0.0.1::${port}`];
  const memory = ['--memory', '512m', '--memory-swap', '512m'];
  const container = await startContainer([...publish, ...memory, ...options], ['serve'], image);
  await container.waitForLine(/INFO +ready/);
  const address = await docker('port', container.id, `${port}/tcp`);
  return { container, url: `http://${address.split('\n')[0]}` };
}

/** One request, and its answer as text. */
export async function invoke(url: string, contentType: string, accept: string, body: string) {
  const headers = { 'content-type': contentType, accept };
  const response = await fetch(`${url}/invocations`, { method: 'POST', headers, body });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}
