/** Endings because `mpirun` did not start the program: it says so in a paragraph between two lines of dashes. */

import { type EndingFacts, type Explanation, explain, type ProcessEnding } from './explanation.ts';

/** What it says of options that it cannot use; source: the help texts of Open MPI 4.1. */
const refusals =
  /unknown option|does not match the expected format|listed multiple times|More than one hostfile|not enough slots/;

export function explainMpirun(
  { lastErrorLines }: ProcessEnding,
  { isMpi }: EndingFacts,
): Explanation | undefined {
  if (isMpi !== true) return undefined;
  for (const paragraph of listParagraphs(lastErrorLines)) {
    const executable = /unable to find the specified executable.* Executable: (\S+)/.exec(paragraph)?.[1];
    if (executable !== undefined) {
      return explain(
        'HYPERPARAMETER_INVALID',
        `mpirun took ${JSON.stringify(executable)} for the program`,
        'in sagemaker_mpi_custom_mpi_options every word has to belong to an option, for example -x NAME=value',
      );
    }
    if (refusals.test(paragraph)) {
      const says = paragraph.replace(/^mpirun: Error: /, '');
      const hint = 'correct the hyperparameters sagemaker_mpi_custom_mpi_options and sagemaker_mpi_num_*';
      return explain('HYPERPARAMETER_INVALID', `mpirun refused its options: ${says}`, hint);
    }
  }
  return undefined;
}

/** Each on one line; what stands between two of them is the program's. */
function listParagraphs(lines: readonly string[]): readonly string[] {
  const isShort = (line: string) => line.startsWith('mpirun: Error: ');
  const text = lines.filter((line) => !isShort(line)).join('\n');
  const paragraphs = text
    .split(/^-{40,}$/m)
    .filter((_, index) => index % 2 === 1)
    .map((part) => part.replace(/\s+/g, ' ').trim());
  return [...lines.filter(isShort), ...paragraphs];
}
