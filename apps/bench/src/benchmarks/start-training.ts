/** How long an author waits for the first line of his code. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark } from '../benchmark.ts';
import { makeJobTree } from '../make-job-tree.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { programFile, runProgram } from '../run-program.ts';

const rounds = 21;

export const startTraining: Benchmark = {
  title: 'from the start of `train` to the first line of user code (A), against `node -e 0` (B)',
  async measure() {
    const root = await makeJobTree();
    const markFile = join(root, 'marks.json');
    const environment = { SAGEMAKER_BASE_DIR: root, BENCH_MARK_FILE: markFile };
    const train = async () => {
      const { startedMs } = await runProgram([programFile('train'), 'mark-start'], environment);
      const { moduleMs, runMs } = JSON.parse(await readFile(markFile, 'utf8'));
      return { moduleMs: moduleMs - startedMs, runMs: runMs - startedMs };
    };
    const nothing = async () => (await runProgram(['-e', '0'])).durationMs;
    const definition = ['--import', programFile('mark-start'), '-e', '0'];
    try {
      const measured = await measureInTurn(train, nothing, rounds);
      const imported = await measureInTurn(
        async () => (await runProgram(definition)).durationMs,
        nothing,
        rounds,
      );
      const same = (ms: number) => ms;
      return [
        {
          name: 'to the first line of the module',
          ...compareRounds(measured, ({ moduleMs }) => moduleMs, same),
          atMost: 3,
        },
        { name: 'to the first line of run', ...compareRounds(measured, ({ runMs }) => runMs, same) },
        { name: 'of it, one node that imports the module', ...compareRounds(imported, same, same) },
      ];
    } finally {
      await rm(root, { recursive: true });
    }
  },
};
