/** A definition that reads its channel in the format that the environment names, and notes time and memory. */

import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { type Channel, defineTraining } from '@optml/train';
import { z } from 'zod';

const readers: Readonly<Record<string, (channel: Channel) => AsyncIterable<unknown>>> = {
  bytes: (channel) => channel.bytes(),
  lines: (channel) => channel.lines(),
  csv: (channel) => channel.csv(),
  numericCsv: (channel) => channel.numericCsv(),
};

/** How often memory is looked at. */
const everyMs = 100;

export default defineTraining({
  hyperparameters: z.object({}),
  channels: { training: {} },
  async run({ channels }) {
    const read = readers[process.env.BENCH_FORMAT ?? ''];
    if (read === undefined) throw new Error(`no format ${process.env.BENCH_FORMAT}`);
    const residents: number[] = [];
    let lookedMs = performance.now();
    const startedMs = lookedMs;
    for await (const _item of read(channels.training)) {
      const nowMs = performance.now();
      if (nowMs - lookedMs < everyMs) continue;
      lookedMs = nowMs;
      residents.push(readMegabytes('VmRSS'));
    }
    const durationMs = performance.now() - startedMs;
    const peak = readMegabytes('VmHWM');
    writeFileSync(process.env.BENCH_MARK_FILE ?? '', JSON.stringify({ durationMs, peak, residents }));
  },
});

/** The kernel counts in kibibytes. */
function readMegabytes(name: string): number {
  const [, kibibytes] =
    new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}
