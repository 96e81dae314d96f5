/** The stories of three hosts, on three addresses of the loopback interface. */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe } from 'vitest';
import { tellClusterStories } from './cluster-stories.ts';

describe('three processes on one machine', { timeout: 60_000 }, () => {
  tellClusterStories({
    hosts: ['127.0.0.1', '127.0.0.2', '127.0.0.3'],
    prefix: () => [],
    findPort,
  });
});

async function findPort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
