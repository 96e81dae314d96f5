/** A body of any size in chunks, against the same rows in whole bodies of 6 MB, as batch transform sends them by default. */

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import process from 'node:process';
import type { Benchmark } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { programFile } from '../run-program.ts';
import { type BenchServer, startServer } from '../serving/start-server.ts';

const rounds = 5;
const row = '5.1,3.5,1.4,0.2,6.25,7.125,8,9.5,10.75,11\n';
/** Rows of about 6 MB, the most that a transform job sends in one body unless it is told otherwise. */
const wholeRows = Math.floor(6e6 / row.length);
const bodies = 16;
const workers = 2;
const lookMs = 20;
/** A container of this size is to be enough for any body. */
const peakMb = 512;

export const servingTransform: Benchmark = {
  title: '96 MB of csv in one body in chunks (A), and in 16 whole bodies of 6 MB, two at once (B)',
  async measure() {
    const [server, other] = await Promise.all([start(), start()]);
    const whole = Buffer.from(row.repeat(wholeRows));
    try {
      const measured = await measureInTurn(
        () => measureChunked(server, whole),
        () => measureWhole(other, whole),
        rounds,
      );
      const megabytes = await watchMemory(server, () => measureChunked(server, whole));
      const wall = ({ wallMs }: Measured) => wallMs;
      const cpu = ({ cpuMs }: Measured) => cpuMs;
      const rows = `${Math.round((wholeRows * bodies) / 1e5) / 10} million rows`;
      return [
        { name: `${rows}, chunked over whole`, ...compareRounds(measured, wall, wall), atMost: 1 / 0.8 },
        { name: 'the same, CPU time of the server', ...compareRounds(measured, cpu, cpu), atMost: 1 / 0.8 },
        { name: 'highest memory of the server while it transforms', megabytes, atMost: peakMb },
      ];
    } finally {
      await Promise.all([server.stop(), other.stop()]);
    }
  },
};

/** Not while it is timed: looking takes time of the server's. */
async function watchMemory(server: BenchServer, act: () => Promise<unknown>): Promise<number> {
  let highestMb = 0;
  const look = async () => {
    highestMb = Math.max(highestMb, await server.readResidentMegabytes());
  };
  const timer = setInterval(() => void look(), lookMs);
  await act();
  clearInterval(timer);
  return highestMb;
}

interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
}

function start(): Promise<BenchServer> {
  const predictor = new URL(`file://${programFile('predict-sums')}`).href;
  const options = JSON.stringify({ hosting: 'batch transform', workers: { count: workers } });
  return startServer([process.execPath, programFile('serve-optml'), predictor, '/', options]);
}

async function measure(server: BenchServer, send: () => Promise<number>): Promise<Measured> {
  const [startMs, startCpuMs] = [performance.now(), await server.readCpuMs()];
  const records = await send();
  const wallMs = performance.now() - startMs;
  if (records !== wholeRows * bodies) throw new Error(`${records} records came for ${wholeRows * bodies}`);
  return { wallMs, cpuMs: (await server.readCpuMs()) - startCpuMs };
}

function measureChunked(server: BenchServer, whole: Buffer): Promise<Measured> {
  return measure(server, async () => {
    const sent = post(server, {});
    const counted = once(sent, 'response').then(([reply]) => countLines(reply as IncomingMessage));
    const write = async () => {
      for (let body = 0; body < bodies; body += 1) if (!sent.write(whole)) await once(sent, 'drain');
      sent.end();
    };
    const [records] = await Promise.all([counted, write()]);
    return records;
  });
}

function measureWhole(server: BenchServer, whole: Buffer): Promise<Measured> {
  return measure(server, async () => {
    let next = 0;
    let records = 0;
    const sendAll = async () => {
      for (; next < bodies; ) {
        next += 1;
        const sent = post(server, { 'content-length': String(whole.length) });
        sent.end(whole);
        const [reply] = (await once(sent, 'response')) as [IncomingMessage];
        const lines = await countLines(reply);
        records += lines;
      }
    };
    await Promise.all(Array.from({ length: workers }, sendAll));
    return records;
  });
}

function post({ url }: BenchServer, headers: Readonly<Record<string, string>>) {
  return request(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', ...headers },
  });
}

async function countLines(reply: IncomingMessage): Promise<number> {
  if (reply.statusCode !== 200) throw new Error(`rows were answered with ${reply.statusCode}`);
  let lines = 0;
  for await (const chunk of reply as AsyncIterable<Buffer>)
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
  return lines;
}
