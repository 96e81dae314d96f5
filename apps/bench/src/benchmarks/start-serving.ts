/** How long an endpoint waits for a container: what serverless endpoints and a scale-out pay each time. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Benchmark } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { programFile, runProgram } from '../run-program.ts';
import { startServer } from '../serving/start-server.ts';
import { container, trainModel } from '../serving/train-model.ts';

const rounds = 15;
const row = '5.1,3.5,1.4,0.2';

export const startServing: Benchmark = {
  title: 'from the start of `serve` to the first 200 of /ping (A), against `node -e 0` (B)',
  async measure() {
    const { root, remove } = await trainModel();
    const cache = join(root, 'compile-cache');
    await mkdir(cache);
    const environment = {
      SAGEMAKER_BASE_DIR: root,
      SAGEMAKER_MODEL_SERVER_WORKERS: '1',
      NODE_COMPILE_CACHE: cache,
    };
    const serve = async (isolation: 'worker' | 'inline') => {
      const startedMs = performance.now();
      const server = await startServer([process.execPath, join(container, 'dist/main.js'), 'serve'], {
        ...environment,
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
    };
    const nothing = async () => (await runProgram(['-e', '0'])).durationMs;
    const serveBare = async () => {
      const server = await startServer([
        process.execPath,
        programFile('serve-bare'),
        join(root, 'model/model.json'),
        '0',
      ]);
      const megabytes = await server.readResidentMegabytes();
      await server.stop();
      return megabytes;
    };
    try {
      const times = await measureInTurn(() => serve('worker'), nothing, rounds);
      const inline = await measureInTurn(() => serve('inline'), nothing, rounds);
      const memory = await measureInTurn(() => serve('worker'), serveBare, 5);
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
