/** Lines between a test and its fixture, wherever that runs: in this thread, another one, or another process. */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A fixture's end. */
export interface FixtureChannel {
  /** Sends a line, which is on its way when this returns. */
  post(line: string): void;
  /** Waits for a line of the test. */
  hear(line: string): Promise<void>;
  close(): void;
}

/** Connects a fixture with the test that made its model directory; where there is none, nobody hears it. */
export async function connectToTest(modelDirectory: string): Promise<FixtureChannel> {
  const socket = connect(join(modelDirectory, 'channel'));
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
  const lines = createInterface(socket).setMaxListeners(0);
  return {
    post: (line) => void socket.write(`${line}\n`),
    hear: (line) =>
      new Promise((resolve) => {
        const look = (heard: string) => {
          if (heard !== line) return;
          lines.off('line', look);
          resolve();
        };
        lines.on('line', look);
      }),
    close: () => socket.destroySoon(),
  };
}

/** The test's end. */
export interface TestChannel {
  /** All that fixtures have said so far. */
  readonly messages: readonly string[];
  /** Sends to all fixtures. */
  tell(line: string): void;
  /** Waits until a line of a fixture has come so many times; those before the call count. */
  heard(line: string, times?: number): Promise<void>;
  close(): void;
}

/** Listens to the fixtures of a model directory. */
export async function openTestChannel(modelDirectory: string): Promise<TestChannel> {
  const sockets = new Set<Socket>();
  const messages: string[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    createInterface(socket).on('line', (line) => {
      messages.push(line);
      for (const look of waiting) look();
    });
  });
  server.listen(join(modelDirectory, 'channel'));
  await once(server, 'listening');
  const count = (line: string) => messages.filter((other) => other === line).length;
  return {
    messages,
    tell: (line) => {
      for (const socket of sockets) socket.write(`${line}\n`);
    },
    heard: (line, times = 1) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (count(line) < times) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
