/** The memory of a job that reads 2 GB through a channel. */

import type { Benchmark, Figure } from '../benchmark.ts';
import { type Streamed, streamChannel } from '../stream-channel.ts';

/** Generated, never stored: 46 bytes a row, 2 GB in all. */
const rows = "yes '5.1,3.5,1.4,0.2,-1e-3,1234567,0.333333,8,9,10' | head -n 43478261";

export const channelMemory: Benchmark = {
  title: 'resident memory of a job that reads 2 GB through a Pipe channel',
  async measure() {
    const figures: Figure[] = [];
    for (const format of ['bytes', 'lines', 'numericCsv', 'csv']) {
      figures.push(...describe(format, await streamChannel(rows, format)));
    }
    return figures;
  },
};

function describe(name: string, { peak, residents }: Streamed): readonly Figure[] {
  // The first tenth is what the heap needs to settle.
  const settled = residents.slice(Math.ceil(residents.length / 10));
  const half = Math.floor(settled.length / 2);
  const growth = Math.max(...settled.slice(half)) - Math.max(...settled.slice(0, half));
  return [
    { name: `${name}, peak`, megabytes: peak, atMost: 150 },
    { name: '  of the second half over the first', megabytes: growth, atMost: 10 },
  ];
}
