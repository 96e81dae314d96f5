/** Numeric csv from a file into memory, against pandas. */

import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Benchmark, Figure } from '../benchmark.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { runCodecsProgram } from './codecs-program.ts';

const run = promisify(execFile);
const rounds = 9;
const rows = 500_000;
const columns = 10;

/** Texts of a number, as data sets have them. */
const forms: Readonly<Record<string, (value: number) => string>> = {
  'shortest text of doubles': String,
  'six decimals': (value) => value.toFixed(6),
  'one decimal': (value) => value.toFixed(1),
};

export const codecsNumericCsv: Benchmark = {
  title: '500,000 x 10 numbers from a csv file into memory: readNumericCsv (A), against pandas.read_csv (B)',
  async measure() {
    const folder = await mkdtemp(join(tmpdir(), 'optml-bench-'));
    const file = join(folder, 'numbers.csv');
    const figures: Figure[] = [];
    try {
      for (const [name, write] of Object.entries(forms)) {
        await pipeline(Readable.from(writeRows(write)), createWriteStream(file));
        figures.push(...(await compare(name, file)));
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    return figures;
  },
};

/** The same numbers each time: a generator of its own (mulberry32), summed to something like a bell. */
function* writeRows(write: (value: number) => string): Generator<string> {
  let state = 1;
  const draw = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let row = 0; row < rows; row += 1) {
    const cells = Array.from({ length: columns }, () =>
      write(2 * (draw() + draw() + draw()) - 3 + draw() / 1e9),
    );
    yield `${cells.join(',')}\n`;
  }
}

async function compare(name: string, file: string): Promise<readonly Figure[]> {
  const same = (ms: number) => ms;
  const whole = await measureInTurn(
    () => readWithCodecs(file, 'Infinity'),
    () => readWithPandas(file),
    rounds,
  );
  const parts = await measureInTurn(
    () => readWithCodecs(file, 'undefined'),
    () => readWithPandas(file),
    rounds,
  );
  return [
    { name: `${name}, one matrix`, ...compareRounds(whole, same, same), atMost: 1 },
    { name: `${name}, matrix by matrix`, ...compareRounds(parts, same, same), atMost: 1 },
  ];
}

/** Of the reading alone: neither side's start counts, and the first run of its code does on both. */
async function readWithCodecs(file: string, rowsPerMatrix: string): Promise<number> {
  const program = `
    const started = performance.now();
    let rows = 0;
    const chunks = fs.createReadStream(word);
    for await (const matrix of codecs.readNumericCsv(chunks, { rowsPerMatrix: ${rowsPerMatrix} })) rows += matrix.rows;
    return { ms: performance.now() - started, rows };`;
  return assertRows((await runCodecsProgram(program, file)) as { ms: number; rows: number });
}

async function readWithPandas(file: string): Promise<number> {
  const program = `
import json, sys, time, pandas
started = time.perf_counter()
frame = pandas.read_csv(sys.argv[1], header=None)
print(json.dumps({'ms': (time.perf_counter() - started) * 1e3, 'rows': len(frame)}))`;
  // Debian's python3-pandas belongs to Debian's Python, whichever comes first in the path.
  const { stdout } = await run('/usr/bin/python3', ['-c', program, file]);
  return assertRows(JSON.parse(stdout));
}

function assertRows({ ms, rows: read }: { ms: number; rows: number }): number {
  if (read !== rows) throw new Error(`only ${read} of ${rows} rows were read`);
  return ms;
}
