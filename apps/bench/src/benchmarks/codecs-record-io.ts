/** RecordIO framing, against copying the bytes once. */

import type { Benchmark, Figure } from '../benchmark.ts';
import { compareRounds } from '../measure-in-turn.ts';
import { runCodecsProgram } from './codecs-program.ts';

const megabytes = 256;

export const codecsRecordIo: Benchmark = {
  title: '256 MB of RecordIO in chunks of 64 KiB, record by record (A), against one copy of the chunks (B)',
  async measure() {
    const figures: Figure[] = [];
    for (const size of [100, 1000, 10_000, 200_000]) figures.push(...(await measureSize(size)));
    return figures;
  },
};

async function measureSize(size: number): Promise<readonly Figure[]> {
  const rounds = (await runCodecsProgram(program, String(size))) as { a: number; b: number; write: number }[];
  const same = (ms: number) => ms;
  const read = compareRounds(rounds, same, same);
  const written = compareRounds(
    rounds.map(({ write, b }) => ({ a: write, b })),
    same,
    same,
  );
  const rate = (ms: number) => `${Math.round((megabytes * 1e3) / ms)} MB/s`;
  return [
    { name: `${size} bytes, read: ${rate(read.aMs)}`, ...read },
    { name: `${size} bytes, written: ${rate(written.aMs)}`, ...written },
  ];
}

/** In turn, in one process: what is compared here takes less time than a start. */
const program = `
  const size = Number(word);
  const records = Array.from({ length: Math.ceil(${megabytes}e6 / (size + 8)) }, () => new Uint8Array(size).fill(65));
  const body = codecs.recordIoCodec.encode(records);
  const chunks = [];
  for (let at = 0; at < body.length; at += 65536) chunks.push(body.subarray(at, at + 65536));
  const rounds = [];
  for (let round = 0; round < 8; round += 1) {
    let started = performance.now();
    let count = 0;
    for await (const record of codecs.recordIoCodec.decodeStream(chunks)) count += record.length === size;
    const a = performance.now() - started;
    if (count !== records.length) throw new Error('records were lost');
    started = performance.now();
    let copied = 0;
    for (const chunk of chunks) copied += chunk.slice().length;
    const b = performance.now() - started;
    started = performance.now();
    let written = 0;
    for await (const chunk of codecs.recordIoCodec.encodeStream(records)) written += chunk.length;
    const write = performance.now() - started;
    if (copied !== body.length || written !== body.length) throw new Error('bytes were lost');
    if (round > 0) rounds.push({ a, b, write });
  }
  return rounds;`;
