/** How long an author waits for the first line of his code. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, Figure } from '../benchmark.ts';
import { makeJobTree } from '../make-job-tree.ts';
import { compareRounds, measureInTurn } from '../measure-in-turn.ts';
import { containerFile, programFile, runProgram } from '../run-program.ts';

const rounds = 21;
const bundled = [containerFile];
const unbundled = [programFile('train'), 'mark-start'];

export const startTraining: Benchmark = {
  title: 'from the start of `train` to the first line of user code (A), against `node -e 0` (B)',
  async measure() {
    const root = await makeJobTree();
    try {
      return [
        ...(await measureStart('a container', bundled, root)),
        ...(await measureStart('with an empty compile cache', bundled, root, () =>
          mkdtemp(join(root, 'c-')),
        )),
        ...(await measureStart('without a bundle', unbundled, root)),
      ];
    } finally {
      await rm(root, { recursive: true });
    }
  },
};

/** `makeCache` gives the folder of the compile cache of a round; without it all rounds share one. */
async function measureStart(
  name: string,
  words: readonly string[],
  root: string,
  makeCache: () => Promise<string> = async () => join(root, 'compile-cache'),
): Promise<readonly Figure[]> {
  const markFile = join(root, 'marks.json');
  const train = async () => {
    const { startedMs } = await runProgram(words, {
      SAGEMAKER_BASE_DIR: root,
      BENCH_MARK_FILE: markFile,
      NODE_COMPILE_CACHE: await makeCache(),
    });
    const { moduleMs, runMs } = JSON.parse(await readFile(markFile, 'utf8'));
    return { moduleMs: moduleMs - startedMs, runMs: runMs - startedMs };
  };
  const nothing = async () => (await runProgram(['-e', '0'])).durationMs;
  const measured = await measureInTurn(train, nothing, rounds);
  const same = (ms: number) => ms;
  return [
    {
      name: `${name}, to the first line of the module`,
      ...compareRounds(measured, ({ moduleMs }) => moduleMs, same),
      ...(words === bundled && { atMost: 3 }),
    },
    {
      name: `${name}, to the first line of run`,
      ...compareRounds(measured, ({ runMs }) => runMs, same),
    },
  ];
}
