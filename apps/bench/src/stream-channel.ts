/** Streams generated data through the FIFO of a channel in Pipe mode into a training job. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeJobTree } from './make-job-tree.ts';
import { programFile, runProgram } from './run-program.ts';

/** What the job noted. */
export interface Streamed {
  readonly durationMs: number;
  /** Megabytes. */
  readonly peak: number;
  /** Megabytes, ten times a second. */
  readonly residents: readonly number[];
}

/** Has a job read what `command` writes, in one of the formats of `read-channel`. */
export async function streamChannel(command: string, format: string): Promise<Streamed> {
  const root = await makeJobTree();
  try {
    const config = { training: { TrainingInputMode: 'Pipe' } };
    await writeFile(join(root, 'input/config/inputdataconfig.json'), JSON.stringify(config));
    const markFile = join(root, 'marks.json');
    const writer = writeIntoFifo(command, join(root, 'input/data/training_0'));
    await runProgram([programFile('train'), 'read-channel'], {
      SAGEMAKER_BASE_DIR: root,
      BENCH_MARK_FILE: markFile,
      BENCH_FORMAT: format,
    });
    await writer;
    return JSON.parse(await readFile(markFile, 'utf8')) as Streamed;
  } finally {
    await rm(root, { recursive: true });
  }
}

/** Makes the FIFO and starts to write; resolves when all has been read. */
export async function writeIntoFifo(command: string, fifo: string): Promise<void> {
  execFileSync('mkfifo', [fifo]);
  const writer = spawn('sh', ['-c', `${command} > "$0"`, fifo], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [exitCode] = await once(writer, 'exit');
  if (exitCode !== 0) throw new Error(`${command} ended with exit code ${exitCode}`);
}
