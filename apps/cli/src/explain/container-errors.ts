/** Errors of a container's process: it does not start, cannot load its code, or is ended. */

import type { PlatformError } from './platform-error.ts';

const errors: readonly PlatformError[] = [
  {
    id: 'exec-format-error',
    texts: ['exec format error'],
    cause: 'the kernel cannot run the file: it is for another processor, or a script without a first line',
    why: 'an image built on an Apple or Graviton machine is for arm64 unless another platform is asked for, and most ml.* instances are amd64; a script without "#!" gives the same text',
    fix: 'build for the instance (optml build --platform linux/amd64, or docker build --platform linux/amd64); give a script its "#!" line; "optml images lint --instance-type TYPE" compares the two before the push',
  },
  {
    id: 'train-or-serve-missing',
    texts: [
      "exec: 'train': executable file not found in $PATH",
      "exec: 'serve': executable file not found in $PATH",
      'exec train failed: No such file or directory',
      'exec serve failed: No such file or directory',
    ],
    cause: 'the image has no program named "train" or "serve", and no entry point that takes the word',
    why: 'SageMaker runs "docker run IMAGE train" or "docker run IMAGE serve"; without an ENTRYPOINT the word itself has to be a program on PATH',
    fix: 'set an ENTRYPOINT in exec form that reads its argument, as optml build does; or put an executable "train" or "serve" on PATH',
  },
  {
    id: 'program-missing-in-image',
    texts: [
      "unable to start container process: exec: '<name>': executable file not found in $PATH",
      "starting container process caused: exec: '<name>': executable file not found in $PATH",
      "starting container process caused 'exec: \\'<name>\\': executable file not found in $PATH",
    ],
    unless: ['docker-credential-<name>', 'nvidia-container-runtime-hook'],
    cause: 'the program that the image names as its entry point is not on PATH in the image',
    why: 'it was not installed, was installed under another name, or stands in a folder that PATH does not list',
    fix: 'install it in the image, or name it by its absolute path in ENTRYPOINT or ContainerEntrypoint',
  },
  {
    id: 'program-not-executable',
    texts: [
      "exec: '<path>': permission denied",
      'exec train failed: Permission denied',
      'exec serve failed: Permission denied',
      'exec user process caused: permission denied',
      "exec user process caused 'permission denied'",
      'exec <path>: permission denied',
    ],
    cause: 'the entry point is in the image, and its file is not executable',
    why: 'COPY keeps the mode that the file has; a checkout on Windows, or a zip, loses the executable bit',
    fix: 'chmod +x the file before COPY or in the Dockerfile, or start it through its interpreter',
  },
  {
    id: 'windows-line-ends',
    texts: [
      "env: '<name>\\r': No such file or directory",
      "env: '<name>\\015': No such file or directory",
      '<path>^M: bad interpreter',
      "exec: '<path>\\r': <...> no such file or directory",
    ],
    cause:
      'the first line of the script ends in a carriage return, so that the name of its interpreter does too',
    why: 'the file was saved or checked out with the line ends of Windows',
    fix: 'save it with LF line ends, and set "*.sh text eol=lf" in .gitattributes',
  },
  {
    id: 'interpreter-missing',
    texts: [
      'exec user process caused: no such file or directory',
      "exec user process caused 'no such file or directory'",
      'exec <path>: no such file or directory',
      "exec: '<path>': stat <path>: no such file or directory",
      "env: '<name>': No such file or directory",
      'env: <name>: No such file or directory',
      'bad interpreter: No such file or directory',
    ],
    cause: 'the entry point, or the interpreter or loader that it needs, is not in the image',
    why: 'the path is wrong, the first line names a program that the image lacks or ends in a carriage return, or a program for glibc runs in an image with musl (Alpine)',
    fix: 'look for the file and the interpreter of its first line in the image; use LF line ends; build for the libc of the base image',
  },
  {
    id: 'shared-library-missing',
    texts: ['error while loading shared libraries: <name>: cannot open shared object file'],
    cause: 'a native library that the program was linked to is not in the image',
    why: 'a slim base image has only a few libraries, and those of the machine that built the program are not copied',
    fix: 'install the package that has the library the text names, or take a base image that has it',
  },
  {
    id: 'libc-too-old',
    texts: ["version 'GLIBC_<version>' not found", "version 'GLIBCXX_<version>' not found"],
    cause: 'a native program or module was built against a newer C or C++ library than the image has',
    why: 'it was compiled, or downloaded, for a newer distribution than the base image',
    fix: 'take a newer base image, or build or install the module inside the base image',
  },
  {
    id: 'native-module-for-another-platform',
    texts: [
      'invalid ELF header',
      'wrong ELF class: <name>',
      'was compiled against a different Node.js version using NODE_MODULE_VERSION <number>',
    ],
    cause:
      'a native module was installed for another system, processor or Node version than the container has',
    why: 'node_modules or site-packages were copied from a laptop into the image',
    fix: 'install for the platform of the container; optml build takes the packages of that platform and names those that are missing',
  },
  {
    id: 'module-missing',
    texts: [
      "ModuleNotFoundError: No module named '<name>'",
      'ImportError: No module named <name>',
      "Error: Cannot find module '<name>'",
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find <name> '<path>'",
    ],
    cause: 'the code imports a module or package that is not in the image',
    why: 'it is not among the dependencies that the image was built with, its name is written in another case, or the code was moved',
    fix: 'add it to the dependencies (not the development ones) and build the image again; "optml build" fails early on a missing import',
  },
  {
    id: 'shared-memory-full',
    texts: [
      'DataLoader worker (pid <number>) is killed by signal: Bus error',
      'DataLoader worker (pid(s) <...>) exited unexpectedly <...> shared memory',
      "dataloader's workers are out of shared memory",
      "No space left on device: '/dev/shm<...>'",
      'unable to write to file </torch_<...>: No space left on device',
    ],
    cause: '/dev/shm is full',
    why: 'worker processes pass batches through shared memory, and the size of /dev/shm cannot be set on SageMaker',
    fix: 'load data with fewer workers or in the main process, or pass batches through files',
  },
  {
    id: 'javascript-heap-full',
    texts: ['JavaScript heap out of memory'],
    cause: "V8's heap reached its limit, and Node ended itself (exit code 134)",
    why: 'the limit is less than the memory of the instance, or the code keeps what it no longer needs',
    fix: 'hold less at once, raise --max-old-space-size in NODE_OPTIONS, or take a larger instance',
  },
  {
    id: 'java-heap-full',
    texts: [
      'java.lang.OutOfMemoryError: Java heap space',
      'java.lang.OutOfMemoryError: GC overhead limit exceeded',
    ],
    cause: 'the heap of the Java program is full, whatever the instance has',
    why: 'its limit (-Xmx) is less than the work needs; for Spark it is that of a driver or executor',
    fix: 'raise -Xmx or the memory of driver and executors within that of the instance, or split the data',
  },
  {
    id: 'gpu-memory-full',
    texts: ['CUDA out of memory', 'CUDA error: out of memory', 'CUDNN_STATUS_ALLOC_FAILED'],
    cause: "the GPU's memory is full",
    why: 'the model, its gradients and one batch do not fit, or several workers loaded a copy each',
    fix: 'use a smaller batch or fewer workers, or an instance with more GPU memory; more main memory does not help',
  },
  {
    id: 'memory-full',
    texts: [
      'OOMKilled',
      'Out of memory: Killed process <number>',
      'was sent SIGKILL! Perhaps out of memory?',
      'std::bad_alloc',
      'Cannot allocate memory',
      'Unable to allocate <...> for an array with shape',
      'Please use an instance type with more memory, or reduce the size of',
    ],
    unless: ['static TLS block', '/dev/shm', 'out of shared memory'],
    cause: 'the process needed more memory than the instance has left',
    why: 'each worker holds its own copy of the model, or the data is read whole',
    fix: 'take an instance with more memory, start fewer workers (SAGEMAKER_MODEL_SERVER_WORKERS), or stream the data',
  },
  {
    id: 'gpu-not-supported-by-build',
    texts: [
      'no kernel image is available for execution on the device',
      'CUDA driver version is insufficient for CUDA runtime version',
    ],
    cause: 'the CUDA code of the image does not fit the GPU or the driver of the instance',
    why: 'the framework was built for other GPUs, or for a newer CUDA than the driver of the instance knows; the driver is not part of the image',
    fix: "take a build of the framework for the instance's GPU and driver, or another instance family",
  },
  {
    id: 'gpu-not-available',
    texts: ["could not select device driver '' with capabilities: [[gpu]]"],
    cause: 'Docker cannot give the container a GPU',
    why: 'the machine has none, or lacks the NVIDIA container toolkit',
    fix: 'install the toolkit and restart Docker, or run without --gpus',
  },
  {
    id: 'open-files-used-up',
    texts: ['EMFILE: too many open files', '[Errno 24] Too many open files'],
    cause: 'the process has as many files and connections open as it may',
    why: 'files, sockets or watchers are opened and not closed',
    fix: 'close them, open fewer at once, or raise the limit (ulimit -n)',
  },
  {
    id: 'channel-folder-missing',
    texts: [
      "No such file or directory: '/opt/ml/input/data/<...>'",
      "ENOENT: no such file or directory, <...> '/opt/ml/input/data/<...>'",
      "KeyError: 'SM_CHANNEL_<name>'",
    ],
    cause: 'the code reads a channel that the job does not have',
    why: 'the name in InputDataConfig is another; in Pipe mode there are only FIFOs named CHANNEL_EPOCH',
    fix: 'compare the names of the channels (ChannelName, --input NAME=PATH) with the path in the text',
  },
  {
    id: 'config-folder-missing',
    texts: [
      "No such file or directory: '/opt/ml/input/config/<...>'",
      "ENOENT: no such file or directory, <...> '/opt/ml/input/config/<...>'",
    ],
    cause: 'the files that SageMaker puts below /opt/ml/input/config are not there',
    why: 'the code runs outside of a training job',
    fix: 'run it with optml train, which makes them, or mount a tree that has them',
  },
  {
    id: 'model-file-missing',
    texts: [
      "No such file or directory: '/opt/ml/model/<...>'",
      "ENOENT: no such file or directory, <...> '/opt/ml/model/<...>'",
    ],
    cause: 'the model archive does not have the file where the code looks for it',
    why: 'the archive has a folder around its files (model/...), the name is another, or no ModelDataUrl was given',
    fix: '"optml model inspect FILE" lists it and names a folder too many; make it with "optml model pack DIR"',
  },
  {
    id: 'option-unknown',
    texts: ['error: unrecognized arguments: <...>'],
    cause: 'the script was given an option that it does not know',
    why: 'each hyperparameter of the job becomes an option, also one that is misspelt or meant for the platform',
    fix: 'add the option to its parser, or remove the hyperparameter from the job',
  },
  {
    id: 'pip-package-not-found',
    texts: ['ERROR: No matching distribution found for <name>'],
    cause: 'pip found no version of a package that it may install here',
    why: 'there is no network (network isolation, a VPC without a way out), or no version for this Python, processor or requirement',
    fix: 'install packages when the image is built and not when it starts; else correct the name, version or Python',
  },
  {
    id: 'file-watchers-used-up',
    texts: ['ENOSPC: System limit for number of file watchers reached'],
    cause: "the system's number of file watches is used up; the disk is not full",
    why: 'every watched folder takes one inotify watch, and the limit is that of the user',
    fix: 'raise fs.inotify.max_user_watches (sysctl), or end other programs that watch files',
  },
  {
    id: 'disk-full',
    texts: ['No space left on device', 'Insufficient disk space', 'Disk quota exceeded'],
    unless: ['inotify', 'file watchers', 'No space left on device (mq_open)', 'semget'],
    cause: 'a disk is full: of the instance, or of the machine that builds the image',
    why: 'the job writes more than its volume holds (in bytes or in number of files), channels in File mode are copied to it first, or old images and layers fill the disk of the builder',
    fix: 'raise VolumeSizeInGB of the job, use FastFile or Pipe mode, write checkpoints less often; on your own machine, docker system prune',
  },
  {
    id: 'port-in-use',
    texts: [
      'EADDRINUSE: address already in use <address>',
      'OSError: [Errno 98] Address already in use',
      'bind() to 0.0.0.0:<number> failed (98: Address already in use)',
      'Ports are not available: <...> address already in use',
      'Bind for <address> failed: port is already allocated',
    ],
    cause: 'another process listens on the port',
    why: 'a server that was started before is still running, or two servers of one container use the same port',
    fix: 'end the other one, or choose another port: optml serve --port 0; in a pipeline, SAGEMAKER_BIND_TO_PORT names the port',
  },
  {
    id: 'model-folder-read-only',
    texts: [
      "Read-only file system: '/opt/ml/model<...>'",
      "EROFS: read-only file system, <...> '/opt/ml/model<...>'",
    ],
    cause: 'the code writes into /opt/ml/model while it serves',
    why: 'the model is mounted read-only at an endpoint; only training writes there',
    fix: 'write to /tmp, or make what is written there part of the model archive',
  },
  {
    id: 'opt-ml-not-writable',
    texts: ["Permission denied: '/opt/ml/<...>'", "EACCES: permission denied, <...> '/opt/ml/<...>'"],
    cause: 'the user of the container may not read or write a path below /opt/ml',
    why: 'SageMaker mounts these folders as root, and the image sets another USER',
    fix: 'run the container as root (no USER in the image), as SageMaker expects',
  },
];

/** A number that a shell or a container runtime gives to the end of a process, in the forms that quote it. */
function ended(code: number): [string, ...string[]] {
  return [
    `exit code: ${code}`,
    `exit code ${code}`,
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

const exitCodes: readonly PlatformError[] = [
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
    texts: ended(132),
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
    texts: ended(139),
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
export const containerErrors = {
  symptom: 'A container that does not start, or ends',
  errors: [...errors, ...exitCodes],
};
