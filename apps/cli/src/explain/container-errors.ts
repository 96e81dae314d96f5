/** Errors of a container that does not start: its program is missing, cannot run, or cannot load its code. */

import type { PlatformError } from './platform-error.ts';

const errors: readonly PlatformError[] = [
  {
    id: 'exec-format-error',
    texts: ['exec format error<end>'],
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
      '/bin/sh: <number>: train: not found',
      '/bin/sh: <number>: serve: not found',
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
    unless: ['docker-credential-<name>', 'nvidia-container-runtime-hook', 'OCI runtime exec failed'],
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
      'env: <name>\\r: No such file or directory',
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
    texts: [
      'error while loading shared libraries: <name>: cannot open shared object file',
      'ImportError: <name>: cannot open shared object file',
      'OSError: <name>: cannot open shared object file',
    ],
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
      'invalid ELF header<end>',
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
    id: 'code-file-missing',
    texts: [
      "can't open file '/opt/ml/code/<...>': [Errno 2] No such file or directory",
      "can't open file '/opt/program/<...>': [Errno 2] No such file or directory",
    ],
    cause: 'the script that the container is to run is not where it looks for it',
    why: 'it was not copied into the image, or not uploaded with the job (sagemaker_submit_directory), or its name is another',
    fix: 'list the folder in the image, and compare it with sagemaker_program and SAGEMAKER_PROGRAM',
  },
  {
    id: 'gpu-not-available',
    texts: [
      "could not select device driver '' with capabilities: [[gpu]]",
      'nvidia-container-cli: initialization error',
      'Unknown runtime specified nvidia',
      'unknown or invalid runtime name: nvidia',
    ],
    cause: 'Docker cannot give the container a GPU',
    why: 'the machine has none, or lacks the NVIDIA container toolkit',
    fix: 'install the toolkit and restart Docker, or run without --gpus',
  },
  {
    id: 'training-container-not-started',
    texts: [
      "CannotStartContainerError. Please <...> 'docker run <...> train'",
      "Please make sure the container can be run with 'docker run <...> train'",
      "the model container <...> starts correctly when invoked with 'docker run <...> train'",
    ],
    cause: 'the container could not be started with the argument "train"',
    why: 'there is no program for it: no entry point that takes "train", a file that is not executable, or an image for another processor',
    fix: 'run "docker run --rm IMAGE train" yourself, or "optml images lint"; the log of the job has the reason when it has a line at all',
  },
  {
    id: 'serving-container-not-started',
    texts: [
      "CannotStartContainerError. Please <...> 'docker run <...> serve'",
      "starts correctly when invoked with 'docker run <...> serve'",
    ],
    cause: 'the container could not be started with the argument "serve"',
    why: 'there is no program for it: no entry point that takes "serve", a file that is not executable, or an image for another processor',
    fix: 'run "docker run --rm -p 8080:8080 IMAGE serve" yourself, or "optml images lint"; there is no log when nothing ran',
  },
  {
    id: 'container-not-started',
    texts: ['AlgorithmError: CannotStartContainerError', 'CannotStartContainerError. Please'],
    names: ['CannotStartContainerError'],
    cause: 'the platform could not start the container',
    why: 'no entry point for "train" or "serve", a file that is not executable, or an image for another processor',
    fix: 'run the image yourself with "train" or "serve" as the argument, or "optml images lint"',
  },
];

/** In the order in which they are looked for. */
export const containerErrors = { symptom: 'A container that does not start', errors };
