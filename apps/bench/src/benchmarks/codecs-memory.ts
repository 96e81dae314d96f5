/** The memory that each streaming reader takes for 2 GB. */

import type { Benchmark, Figure } from '../benchmark.ts';
import { runCodecsProgram } from './codecs-program.ts';

/** What is read, and how its bytes, which are repeated, are made. */
const readers: Readonly<Record<string, readonly [read: string, bytes: string]>> = {
  csvCodec: ['codecs.csvCodec.decodeStream(chunks)', 'codecs.csvCodec.encode([numbers])'],
  jsonLinesCodec: ['codecs.jsonLinesCodec.decodeStream(chunks)', 'codecs.jsonLinesCodec.encode([numbers])'],
  readNumericCsv: ['codecs.readNumericCsv(chunks)', 'codecs.csvCodec.encode([numbers])'],
  recordIoCodec: [
    'codecs.recordIoCodec.decodeStream(chunks)',
    'codecs.recordIoCodec.encode([new Uint8Array(1000)])',
  ],
  recordIoProtobufCodec: [
    'codecs.recordIoProtobufCodec.decodeStream(chunks)',
    'codecs.recordIoProtobufCodec.encode([{ features: { values: { values: new Float32Array(250) } } }])',
  ],
};

/**
 * Left alone, V8 lets the garbage of short-lived objects grow to 96 MB where a machine has memory; with less room
 * for it, what remains is what the readers hold.
 */
const smallNursery = '--max-semi-space-size=8';

export const codecsMemory: Benchmark = {
  title: 'resident memory of a process that streams 2 GB, made as it goes, through each reader',
  async measure() {
    const figures: Figure[] = [];
    for (const [name, [read, bytes]] of Object.entries(readers)) {
      const program = createProgram(read, bytes);
      const usual = (await runCodecsProgram(program)) as readonly number[];
      const small = (await runCodecsProgram(program, '', [smallNursery])) as readonly number[];
      figures.push(
        { name: `${name}, peak`, megabytes: Math.max(...usual), atMost: 150 },
        { name: `  ${smallNursery}`, megabytes: Math.max(...small), atMost: 150 },
        { name: '  of it in the second GB over the first', megabytes: measureGrowth(small), atMost: 30 },
      );
    }
    return figures;
  },
};

/** The allocator takes some 20 MB to settle, for csvCodec until the third GB, and no more until the sixth. */
function measureGrowth(residents: readonly number[]): number {
  const half = Math.floor(residents.length / 2);
  return Math.max(...residents.slice(half)) - Math.max(...residents.slice(0, half));
}

/** Returns the megabytes that were resident after each 50 MB. */
function createProgram(read: string, bytes: string): string {
  return `
    const numbers = Array.from({ length: 10 }, (_, index) => Math.sin(index + 1));
    const one = ${bytes};
    const whole = Buffer.concat(Array(Math.ceil(1e6 / one.length)).fill(one));
    const residents = [];
    let made = 0;
    function* makeChunks() {
      for (let at = 0; made < 2e9 || at > 0; at = at + 65536 < whole.length ? at + 65536 : 0) {
        // A copy, as a file or a socket would give one.
        const chunk = Buffer.from(whole.subarray(at, at + 65536));
        made += chunk.length;
        yield chunk;
        if (made > 5e7 * (residents.length + 1)) residents.push(process.memoryUsage.rss() / 1e6);
      }
    }
    const chunks = makeChunks();
    for await (const item of ${read}) void item;
    return residents;`;
}
