/** How long an endpoint waits for a container: what serverless endpoints and a scale-out pay each time. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { runProgram } from '../run-program.ts';
import { startBare } from '../serving/start-bare.ts';
import { startContainer } from '../serving/start-container.ts';
import { trainModel } from '../serving/train-model.ts';

const rounds = 15;
const row = '5.1,3.5,1.4,0.2';

export const startServing: Benchmark = {
  title: 'from the start of `serve` to the first 200 of /ping (A), against `node -e 0` (B)',
  async measure() {
    const { root, remove } = await trainModel();
    const cache = join(root, 'compile-cache');
    await mkdir(cache);
    const serve = (isolation: 'worker' | 'inline') => measureStart(root, cache, isolation);
    const nothing = async () => (await runProgram(['-e', '0'])).durationMs;
    try {
      const times = await measureInTurn(() => serve('worker'), nothing, rounds);
      const inline = await measureInTurn(() => serve('inline'), nothing, rounds);
      const memory = await measureInTurn(
        () => serve('worker'),
        () => measureBareMemory(root),
        5,
      );
      const same = (value: number) => value;
      return [
        {
          name: 'a container with one worker thread, to the first 200 of /ping',
          ...compareRounds(times, ({ startMs }) => startMs, same),
          atMost: 5,
        },
        {
          name: 'the same, to the first answered invocation',
          ...compareRounds(times, ({ answeredMs }) => answeredMs, same),
        },
        {
          name: 'a container that predicts inline, to the first 200 of /ping',
          ...compareRounds(inline, ({ startMs }) => startMs, same),
          atMost: 3.5,
        },
        {
          name: 'memory at rest, over a bare `node:http`',
          unit: 'MB',
          ...compareRounds(memory, ({ megabytes }) => megabytes, same),
          atMost: 1.5,
        },
      ];
    } finally {
      await remove();
    }
  },
};

async function measureStart(root: string, cache: string, isolation: 'worker' | 'inline') {
  const startedMs = performance.now();
  const server = await startContainer(root, {
    SAGEMAKER_MODEL_SERVER_WORKERS: '1',
    NODE_COMPILE_CACHE: cache,
    OPTML_ISOLATION: isolation,
  });
  const response = await fetch(`${server.url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: row,
  });
  if ((await response.text()) !== 'setosa\n') throw new Error(`a start ended with ${response.status}`);
  const answeredMs = performance.now() - startedMs;
  const megabytes = await server.readResidentMegabytes();
  await server.stop();
  return { startMs: server.startMs, answeredMs, megabytes };
}

async function measureBareMemory(root: string): Promise<number> {
  const server = await startBare(root);
  const megabytes = await server.readResidentMegabytes();
  await server.stop();
  return megabytes;
}
