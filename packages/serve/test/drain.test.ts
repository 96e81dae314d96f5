/** The end of a server under load, from outside: two processes, real connections, SIGTERM. */

import { expect, test } from 'vitest';
import { startProgram } from './start-process.ts';

test.each(['worker', 'process', 'inline'] as const)(
  'no request is lost when the server is stopped under load (%s)',
  async (isolation) => {
    const server = startProgram(
      'serve-fixture',
      'sums',
      JSON.stringify({ isolation, workers: { count: 2 }, drain: { graceMs: 500 } }),
    );
    const { url } = JSON.parse(await server.readLine(/"ready"/));
    const load = startProgram('send-load', url, '16');
    await load.readLine(/under load/);

    server.kill('SIGTERM');
    const counts = JSON.parse(await load.readLine(/lost/));
    const exitCode = await server.exited;

    expect(counts).toEqual({ '200': expect.any(Number), lost: 0, refused: 16 });
    expect(counts['200']).toBeGreaterThan(100);
    expect(exitCode).toBe(0);
  },
  60_000,
);

test.each([
  ['worker', 'exit'],
  ['process', 'exit'],
  ['process', 'segfault'],
])(
  'no request is lost while workers (%s) crash, but those that crash them (%s)',
  async (isolation, command) => {
    const server = startProgram(
      'serve-fixture',
      'commands',
      JSON.stringify({ isolation, workers: { count: 2 }, drain: { graceMs: 200 } }),
    );
    const { url } = JSON.parse(await server.readLine(/"ready"/));
    const load = startProgram('send-load', url, '8');
    await load.readLine(/under load/);

    const ask = async (...instances: readonly string[]) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(instances);
      return (await fetch(`${url}/invocations`, { method: 'POST', headers, body })).status;
    };
    const crashes: number[][] = [];
    for (let crash = 0; crash < 5; crash += 1) {
      // The second is behind what the worker had done and not sent, which another does again, but once.
      crashes.push([await ask(command, `${crash}`), await ask('after')]);
    }
    server.kill('SIGTERM');
    const counts = JSON.parse(await load.readLine(/lost/));

    expect(crashes).toEqual(Array(5).fill([500, 200]));
    // The body of the load is none that this fixture takes.
    expect(counts).toEqual({ '400': expect.any(Number), lost: 0, refused: 8 });
  },
  60_000,
);
