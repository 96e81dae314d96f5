/** What it costs to have 100 MB of output passed on, and the last of it kept, by the supervisor. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, Figure } from '../benchmark.ts';
import { makeJobTree } from '../make-job-tree.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { containerFile, type ProgramRun, programFile, runProgram } from '../run-program.ts';

const rounds = 5;
const outputBytes = 100e6;

export const passOutput: Benchmark = {
  title: '100 MB of output of a program under the supervisor (A), against the same program alone (B)',
  async measure() {
    const root = await makeJobTree();
    try {
      const figures: Figure[] = [];
      for (const stream of ['stdout', 'stderr'] as const) {
        for (const writes of ['lines', 'blocks'] as const)
          figures.push(...(await measureStream(stream, writes, root)));
      }
      return figures;
    } finally {
      await rm(root, { recursive: true });
    }
  },
};

async function measureStream(
  stream: 'stdout' | 'stderr',
  writes: 'lines' | 'blocks',
  root: string,
): Promise<readonly Figure[]> {
  const peakFile = join(root, 'peak');
  const environment = {
    SAGEMAKER_BASE_DIR: root,
    NODE_COMPILE_CACHE: join(root, 'compile-cache'),
    BENCH_DEFINITION: './train-output.js',
    BENCH_STREAM: stream,
    BENCH_WRITES: writes,
    BENCH_PEAK_FILE: peakFile,
  };
  const peaks: number[] = [];
  const supervised = async () => {
    const run = await runProgram([containerFile], environment);
    peaks.push(readPeakMegabytes(await readFile(peakFile, 'utf8')));
    return assertWhole(run);
  };
  const alone = async () => assertWhole(await runProgram([programFile('write-output'), stream, writes]));
  const measured = await measureInTurn(supervised, alone, rounds);
  const output = ({ outputMs }: ProgramRun) => outputMs;
  const whole = ({ durationMs }: ProgramRun) => durationMs;
  const name = `${stream} in ${writes}`;
  const target = writes === 'lines' ? { atMost: 1.3 } : {};
  return [
    { name: `${name}, start to end of the process`, ...compareRounds(measured, whole, whole), ...target },
    { name: `${name}, first to last byte`, ...compareRounds(measured, output, output) },
    { name: `${name}, highest peak of the supervisor`, megabytes: Math.max(...peaks), atMost: 60 },
  ];
}

/** A figure for output that was lost would be worth nothing. */
function assertWhole(run: ProgramRun): ProgramRun {
  if (run.outputBytes >= outputBytes) return run;
  throw new Error(`only ${run.outputBytes} of ${outputBytes} bytes arrived`);
}

/** `VmHWM` is in kibibytes. */
function readPeakMegabytes(status: string): number {
  return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}
