/** Streamed replies: how soon the first item is there, what an item costs in each isolation, and what a reader that stalls costs. */

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import type { Benchmark, Figure } from '../benchmark.ts';
import { compareRounds, findMedian, measureInTurn } from '../measure-in-turn.ts';
import { programFile } from '../run-program.ts';
import { type BenchServer, startServer } from '../serving/start-server.ts';

const isolations = ['worker', 'process', 'inline'] as const;
const rounds = 5;
const firstItems = 200;
const items = 50_000;
/** What the first byte may take from the first yield on. */
const firstByteUs = 2_000;
const stallMs = 5_000;
const stalledMb = 16;

export const servingStream: Benchmark = {
  title:
    'a streamed reply: first byte after the first yield, time of an item beside inline, memory for a reader that stalls',
  async measure() {
    const servers: BenchServer[] = [];
    try {
      for (const isolation of isolations) servers.push(await start(isolation));
      const [threads, processes, inline] = servers as [BenchServer, BenchServer, BenchServer];
      const figures: Figure[] = [];
      for (const [index, server] of servers.entries())
        figures.push(await measureFirstByte(server, `${isolations[index]}`));
      figures.push(...(await compareItems('worker', threads, inline)));
      figures.push(...(await compareItems('process', processes, inline)));
      for (const [index, server] of servers.entries())
        figures.push(await measureStall(server, `${isolations[index]}`));
      return figures;
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  },
};

function start(isolation: string): Promise<BenchServer> {
  const predictor = new URL(`file://${programFile('predict-stream')}`).href;
  const options = JSON.stringify({ isolation, workers: { count: 1 } });
  return startServer([process.execPath, programFile('serve-optml'), predictor, '/', options]);
}

async function invoke({ url }: BenchServer, wish: object): Promise<IncomingMessage> {
  const headers = { 'content-type': 'application/json', accept: 'application/jsonlines' };
  const sent = request(`${url}/invocations`, { method: 'POST', headers });
  sent.end(JSON.stringify(wish));
  const [reply] = (await once(sent, 'response')) as [IncomingMessage];
  if (reply.statusCode !== 200) throw new Error(`the stream was answered with ${reply.statusCode}`);
  return reply;
}

async function measureFirstByte(server: BenchServer, isolation: string): Promise<Figure> {
  const times: number[] = [];
  for (let request = 0; request < firstItems; request += 1) {
    const reply = await invoke(server, { items: 1, characters: 1 });
    const ended = once(reply, 'end');
    const [first] = (await once(reply, 'data')) as [Buffer];
    const nowUs = Number(process.hrtime.bigint()) / 1e3;
    times.push(nowUs - (JSON.parse(first.toString()) as { atUs: number }).atUs);
    await ended;
  }
  const aMs = findMedian(times);
  const name = `${isolation}: first byte after the first yield, median, against 2 ms`;
  return { name, unit: 'µs', aMs, bMs: firstByteUs, ratio: aMs / firstByteUs, atMost: 1 };
}

interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Of 50,000 small items. */
async function readItems(server: BenchServer): Promise<Measured> {
  const [startMs, startCpuMs] = [performance.now(), await server.readCpuMs()];
  const reply = await invoke(server, { items, characters: 10 });
  await once(reply.resume(), 'end');
  return { wallMs: performance.now() - startMs, cpuMs: (await server.readCpuMs()) - startCpuMs };
}

async function compareItems(isolation: string, server: BenchServer, inline: BenchServer) {
  const measured = await measureInTurn(
    () => readItems(server),
    () => readItems(inline),
    rounds,
  );
  const readWall = ({ wallMs }: Measured) => wallMs;
  const readCpu = ({ cpuMs }: Measured) => cpuMs;
  return [
    { name: `${isolation} over inline, 50,000 items`, ...compareRounds(measured, readWall, readWall) },
    {
      name: `${isolation} over inline, CPU time of 50,000 items`,
      ...compareRounds(measured, readCpu, readCpu),
    },
  ];
}

/** An endless stream of items of 10 kB to a client that reads the first one. */
async function measureStall(server: BenchServer, isolation: string): Promise<Figure> {
  const beforeMb = await server.readResidentMegabytes();
  const reply = await invoke(server, { items: 1e12, characters: 10_000 });
  await once(reply, 'data');
  reply.pause();
  await wait(stallMs);
  const megabytes = (await server.readResidentMegabytes()) - beforeMb;
  reply.on('error', () => undefined).destroy();
  return { name: `${isolation}: memory for a reader that stalls for 5 s`, megabytes, atMost: stalledMb };
}
