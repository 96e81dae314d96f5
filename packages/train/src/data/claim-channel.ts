/** Gives a channel in Pipe mode to one process of the host: of two that read one FIFO, each gets pieces of records. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import process from 'node:process';

const claims = new Map<string, Promise<boolean>>();

/**
 * Claims the channel whose first FIFO is `path` for this process, as long as it lives; false when another process has
 * it. The claim is a socket's name in the kernel, of which nothing is left however the process ends. Systems that
 * have no such names grant every claim.
 */
export async function claimChannel(path: string): Promise<boolean> {
  const claim = claims.get(path) ?? listen(path);
  claims.set(path, claim);
  const isGranted = await claim;
  // The other process may be gone the next time.
  if (!isGranted) claims.delete(path);
  return isGranted;
}

async function listen(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const name = createHash('sha256').update(path).digest('hex');
  const server = createServer((socket) => socket.destroy()).listen(`\0optml-channel-${name}`);
  try {
    await once(server, 'listening');
    server.unref();
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EADDRINUSE';
  }
}
