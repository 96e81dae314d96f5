/** What the number means that a process ended with. */

import type { PlatformError } from './platform-error.ts';

/** A number that a shell or a container runtime gives to the end of a process, in the forms that quote it. */
function ended(code: number): [string, ...string[]] {
  return [
    `exit code: ${code}`,
    `exit code ${code}`,
    `exit code is ${code}`,
    `exit code '${code}'`,
    `ExitCode ${code}`,
    `ExitCode: ${code}`,
    `'ExitCode': ${code}`,
    `exited with code ${code}`,
    `exited with status ${code}`,
    `exited (${code})`,
    `exit status ${code}`,
  ];
}

/** The same, only where the text says that it is about a job: anything can end with a small number. */
function jobEnded(code: number): [string, ...string[]] {
  return [
    `AlgorithmError: Exit Code: ${code}`,
    `AlgorithmError: <...>, exit code: ${code}`,
    `AlgorithmError: , exit code: ${code}`,
    `ExecuteUserScriptError: ExitCode ${code}`,
    `algo-<name> exited with code ${code}`,
  ];
}

const dockerBuild = [
  'did not complete successfully: exit code: <number>',
  'returned a non-zero code: <number>',
];

const errors: readonly PlatformError[] = [
  {
    id: 'exit-code-13',
    texts: jobEnded(13),
    cause: 'Node had nothing left to do while a top-level await was unfinished',
    why: 'the code waits for a promise that nothing can settle: an event or callback that never comes',
    fix: 'look for the await that never returns; optml reports it as TRAINING_STALLED',
  },
  {
    id: 'exit-code-126',
    texts: ended(126),
    unless: dockerBuild,
    cause: 'the command was found and cannot be run (exit code 126)',
    why: 'the file is not executable, or is a folder',
    fix: 'chmod +x it in the image, or start it through its interpreter',
  },
  {
    id: 'exit-code-127',
    texts: ended(127),
    unless: dockerBuild,
    cause: 'a command was not found (exit code 127)',
    why: 'the program is not in the image or not on PATH, or the first line of a script ends in a carriage return',
    fix: 'run "docker run --rm -it --entrypoint sh IMAGE" and look for it; use LF line ends',
  },
  {
    id: 'exit-code-132',
    texts: [...ended(132), 'Illegal instruction (core dumped)'],
    unless: dockerBuild,
    cause: 'the processor does not know an instruction of the program (SIGILL, exit code 132)',
    why: 'a native library was compiled for a newer processor, as with AVX-512, than the instance has',
    fix: 'take another instance family, or a build of the library for an older processor',
  },
  {
    id: 'exit-code-134',
    texts: ended(134),
    unless: dockerBuild,
    cause: 'the process ended itself by abort (SIGABRT, exit code 134)',
    why: "V8's heap was full, or an assertion of a native library failed; the log's last lines say which",
    fix: 'for "heap out of memory", raise --max-old-space-size or hold less; else follow the assertion',
  },
  {
    id: 'exit-code-137',
    texts: ended(137),
    unless: dockerBuild,
    cause: 'the process was killed by SIGKILL (exit code 137)',
    why: 'the kernel kills for lack of memory, and the platform kills what has not ended 120 s (a job) or 30 s (an endpoint) after SIGTERM',
    fix: 'look at the memory metric: if it was full, take a larger instance or hold less; if a stop came before, end sooner after SIGTERM',
  },
  {
    id: 'exit-code-139',
    texts: [...ended(139), 'Segmentation fault (core dumped)'],
    unless: dockerBuild,
    cause: 'native code read or wrote memory that is not its own (SIGSEGV, exit code 139)',
    why: 'a native module was built for another libc or version, or has a fault',
    fix: "install the native modules for the container's platform, and update the one whose name stands last in the log",
  },
  {
    id: 'exit-code-143',
    texts: ended(143),
    unless: dockerBuild,
    cause: 'the process ended at SIGTERM (exit code 143)',
    why: 'somebody or something stopped it: StopTrainingJob, MaxRuntimeInSeconds, a scale-in, or a health check that failed; it is not a fault of its own',
    fix: 'find out who stopped it; handle SIGTERM (the signal of run) when something has to be saved',
  },
  {
    id: 'exit-code-2',
    texts: jobEnded(2),
    cause: 'the entry point refused how it was called (exit code 2)',
    why: 'shells and argument parsers end with 2 for an unknown or missing argument; the platform adds "train" or "serve", and the hyperparameters where the code asks for them',
    fix: "read the last lines of the job's log, and run the same command with optml train",
  },
  {
    id: 'exit-code-1',
    texts: jobEnded(1),
    cause: 'the training code failed, and the platform only knows the exit code',
    why: 'nothing was written to /opt/ml/output/failure, or not the reason; the reason stands in the log',
    fix: 'read the end of the log in /aws/sagemaker/TrainingJobs; optml writes the reason to the failure file, so that FailureReason has it; run the job here with optml train',
  },
];

/** In the order in which they are looked for. */
export const exitCodeErrors = { symptom: 'Exit codes', errors };
