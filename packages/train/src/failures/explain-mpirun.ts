/** Endings because `mpirun` did not start the program: it says so in a line or between two lines of dashes. */

import { type EndingFacts, type Explanation, explain, type ProcessEnding } from './explanation.ts';

/** What it says of options that it cannot use; source: the help texts of Open MPI 4.1. */
const refusals =
  /unknown option|does not match the expected format|listed multiple times|More than one hostfile|not enough slots/;

export function explainMpirun(
  { lastErrorLines }: ProcessEnding,
  { mpiProgram }: EndingFacts,
): Explanation | undefined {
  if (mpiProgram === undefined) return undefined;
  for (const message of listMessages(lastErrorLines)) {
    const says = message.join(' ');
    const executable = /unable to find the specified executable.* Executable: (\S+)/.exec(says)?.[1];
    if (executable !== undefined) return explainExecutable(executable, mpiProgram);
    if (refusals.test(says)) {
      return explain(
        'HYPERPARAMETER_INVALID',
        // What it says first, and of what; the rest is advice for somebody who types the command.
        `mpirun refused its options: ${message.slice(0, 2).join(' ')}`,
        'look at sagemaker_mpi_custom_mpi_options, sagemaker_mpi_num_processes and sagemaker_mpi_num_of_processes_per_host',
      );
    }
  }
  return undefined;
}

function explainExecutable(executable: string, mpiProgram: string): Explanation {
  if (executable === mpiProgram) {
    return explain(
      'PROGRAM_INVALID',
      `mpirun cannot find ${executable}, or the interpreter in its first line`,
      'install it in the image, or correct the first line of the program',
    );
  }
  return explain(
    'HYPERPARAMETER_INVALID',
    `mpirun took ${JSON.stringify(executable)} for the program`,
    'in sagemaker_mpi_custom_mpi_options every word has to belong to an option, for example -x NAME=value',
  );
}

const shortStart = 'mpirun: Error: ';

/** The paragraphs of each, on one line; what stands between two messages is the program's. */
function listMessages(lines: readonly string[]): readonly (readonly string[])[] {
  const short = lines.filter((line) => line.startsWith(shortStart));
  const long = lines
    .join('\n')
    .split(/^-{40,}$/m)
    .filter((_, index) => index % 2 === 1)
    .map((message) =>
      message
        .trim()
        .split(/\n\s*\n/)
        .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim()),
    );
  return [...short.map((line) => [line.slice(shortStart.length)]), ...long];
}
