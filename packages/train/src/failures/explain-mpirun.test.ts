import { expect, test } from 'vitest';
import { explainEnding } from './explain-ending.ts';

const dashes = '-'.repeat(76);
const end = (exitCode: number, ...lines: readonly string[]) => ({
  exitCode,
  signal: null,
  timedOut: false,
  lastErrorLines: lines,
});

/** As Open MPI 4.1 writes them. */
test.each([
  [
    [`mpirun: Error: unknown option "--no-such"`, "Type 'mpirun --help' for usage."],
    'mpirun refused its options: unknown option "--no-such"',
  ],
  [
    [
      dashes,
      'The following MCA parameter has been listed multiple times on the',
      'command line:',
      '',
      '  MCA param:   btl',
      '',
      'MCA parameters can only be listed once on a command line.',
      dashes,
    ],
    'mpirun refused its options: The following MCA parameter has been listed multiple times on the command line: MCA param: btl',
  ],
  [
    [
      dashes,
      'mpirun was unable to find the specified executable file, and therefore',
      'did not launch the job.',
      '',
      'Node:       vm',
      'Executable: INFO',
      dashes,
    ],
    'mpirun took "INFO" for the program',
  ],
])('%j', async (lines, cause) => {
  expect(await explainEnding(end(1, ...lines), { mpiProgram: '/bin/bash' })).toMatchObject({
    code: 'HYPERPARAMETER_INVALID',
    failureClass: 'UserError',
    cause,
  });
});

test('an interpreter that mpirun cannot find is the image’s fault', async () => {
  const says = [
    dashes,
    'mpirun was unable to find the specified executable file',
    '',
    'Executable: python3',
    dashes,
  ];

  expect(await explainEnding(end(134, ...says), { mpiProgram: 'python3' })).toMatchObject({
    code: 'PROGRAM_INVALID',
    cause: 'mpirun cannot find python3, or the interpreter in its first line',
  });
});

test('a program that mpirun started has its own reason', async () => {
  const ending = end(
    3,
    'unknown option',
    dashes,
    'Primary job  terminated normally, but 1 process returned',
    dashes,
  );

  expect((await explainEnding(ending, { mpiProgram: '/bin/bash' })).code).toBe('TRAINING_CRASHED');
  expect((await explainEnding(end(1, 'mpirun: Error: unknown option "-z"'))).code).toBe('TRAINING_CRASHED');
});
