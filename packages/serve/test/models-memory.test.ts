/** What several models do to the memory of a server, measured in a process of its own. */

import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectToModels, makeModels } from './start-models.ts';
import { startProgram } from './start-process.ts';
import { readReply, waitForWorkers } from './start-server.ts';
import { openTestChannel } from './test-channel.ts';

const mebibyte = 1024 ** 2;

async function startModelProcess(fixture: string, workers = {}, isolation = 'worker') {
  const { modelsDirectory, addModel } = await makeModels();
  const options = { multiModel: { modelsDirectory }, workers, isolation, drain: { graceMs: 0 } };
  const program = startProgram('serve-fixture', fixture, JSON.stringify(options));
  const { url } = JSON.parse(await program.readLine(/"ready"/));
  const read = (name: string) => {
    const status = readFileSync(`/proc/${program.pid}/status`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  };
  return {
    ...program,
    ...connectToModels(url),
    url,
    addModel,
    measureResident: () => read('VmRSS'),
    countThreads: () => readdirSync(`/proc/${program.pid}/task`).length,
  };
}

test('memory is flat over rounds of load, invoke and unload, and an unloaded model has no thread left', async () => {
  const { addModel, load, invoke, unload, ...server } = await startModelProcess('line');
  const url = await addModel('a');
  const runRounds = async (rounds: number) => {
    for (let round = 0; round < rounds; round += 1) {
      const statuses = [await load('a', url), await invoke('a', '[[1]]'), await unload('a')];
      expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200]);
    }
    return { residentBytes: server.measureResident(), threads: server.countThreads() };
  };

  const before = await runRounds(8);
  const after = await runRounds(16);

  expect(after.threads).toBe(before.threads);
  // Sixteen workers that stayed would take more than 250 MB.
  expect(after.residentBytes - before.residentBytes).toBeLessThan(80 * mebibyte);
});

test.each([
  ['outside of the heap', 1],
  ['in the heap', 2],
])(
  'a load that takes all memory %s is answered with 507, and harms no other model',
  async (_where, slope) => {
    const memoryMiB = 400;
    const server = await startModelProcess('greedy-load', { memoryMiB });
    const good = await server.load('good', await server.addModel('good', { slope: 0, offset: 0 }));

    const reply = await server.load('greedy', await server.addModel('greedy', { slope, offset: 0 }));

    const { error } = await readReply(reply);
    expect([good.status, reply.status, error.code]).toEqual([200, 507, 'MEMORY_INSUFFICIENT']);
    expect(error.message).toMatch(/^loading the model "greedy" failed: .* of 400 MiB are in use/);
    expect((await server.invoke('good', '[1]')).status).toBe(200);
    expect((await server.list()).models).toHaveLength(1);
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
  },
);

test.each(['worker', 'process'])(
  'a model whose prediction takes all memory is ended alone (%s)',
  async (isolation) => {
    const { addModel, load, invoke } = await startModelProcess('commands', { memoryMiB: 400 }, isolation);
    const urls = await Promise.all([addModel('busy'), addModel('greedy')]);
    const channel = await openTestChannel(urls[0]);
    await Promise.all([load('busy', urls[0]), load('greedy', urls[1])]);
    const held = invoke('busy', '["hold", "x"]');
    await channel.heard('holding x');

    const reply = await invoke('greedy', '["allocate bytes"]');
    channel.tell('release x');

    const { error } = await readReply(reply);
    expect([reply.status, error.code]).toEqual([507, 'WORKER_OUT_OF_MEMORY']);
    expect(error.message).toMatch(/it holds the most, \d+ MiB of \d+ MiB in use/);
    expect((await held).status).toBe(200);
    channel.close();
  },
);

test.each(['worker', 'process'])(
  'an adapter whose load takes all memory is answered with 507, and the model goes on (%s)',
  async (isolation) => {
    const { modelsDirectory } = await makeModels();
    await writeFile(join(modelsDirectory, 'weights.json'), '{"factor": 2, "command": "allocate"}');
    const options = { workers: { memoryMiB: 400, count: 2 }, isolation, drain: { graceMs: 0 } };
    const program = startProgram('serve-fixture', 'adapters', JSON.stringify(options));
    const { url } = JSON.parse(await program.readLine(/"ready"/));
    await waitForWorkers(url, 2);
    const post = (path: string, body: unknown) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });

    const reply = await post('/adapters', { name: 'greedy', src: modelsDirectory });

    const { error } = await readReply(reply);
    expect([reply.status, error.code]).toEqual([507, 'MEMORY_INSUFFICIENT']);
    expect(error.message).toMatch(/^loading the adapter "greedy" failed: .*it holds the most, \d+ MiB of/);
    await waitForWorkers(url, 2);
    expect(await (await post('/invocations', ['x', 5])).json()).toEqual({ predictions: [5] });
    program.kill('SIGTERM');
    expect(await program.exited).toBe(0);
  },
);
