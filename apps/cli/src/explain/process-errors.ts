/** Errors of a process while it runs: memory, disk and other limits, and paths that it does not find. */

import type { PlatformError } from './platform-error.ts';

const errors: readonly PlatformError[] = [
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
    texts: ['JavaScript heap out of memory<end>'],
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
    texts: [
      'CUDA out of memory<end>',
      'CUDA error: out of memory',
      'CUDNN_STATUS_ALLOC_FAILED',
      'OOM when allocating tensor <...>GPU',
    ],
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
      'is killed by signal: Killed',
      'Cannot allocate memory<end>',
      'Unable to allocate <...> for an array with shape',
      'Please use an instance type with more memory, or reduce the size of',
    ],
    unless: [
      'static TLS block',
      '/dev/shm',
      'out of shared memory',
      "'OOMKilled': false",
      'OOMKilled: false',
    ],
    names: ['MemoryError'],
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
    id: 'gpu-assertion',
    texts: ['CUDA error: device-side assert triggered'],
    cause: 'a computation on the GPU got a value that is out of range',
    why: 'most often a label or an index that is as large as the number of classes or rows, or larger, or negative',
    fix: 'run it on the CPU, or with CUDA_LAUNCH_BLOCKING=1, which names the line; check labels and vocabulary',
  },
  {
    id: 'nccl-connection',
    texts: [
      'NCCL error in: <...>unhandled system error',
      'ncclSystemError: System call <...> or external library call failed or device error',
      'NCCL WARN Connect to <address> failed',
    ],
    unless: ['shared memory', '/dev/shm'],
    cause: 'a process of the distributed training cannot reach another one through NCCL',
    why: 'NCCL chose a network interface that does not lead to the other hosts (an address of 169.254 or 127), the security group of the VPC does not allow traffic within itself, or the other process has ended',
    fix: 'set NCCL_SOCKET_IFNAME to network_interface_name of resourceconfig.json (often eth0); allow all traffic within the security group; NCCL_DEBUG=INFO says more; look whether another host failed first',
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
    id: 'toolkit-variable-missing',
    texts: ["KeyError: 'SM_<name>'"],
    cause: 'the script reads a variable SM_* that nobody has set',
    why: "SageMaker's training toolkit sets them, and so does optml for a program; a custom container without either has none",
    fix: 'run the script under optml train (src/train.py) or the toolkit, or read the folders below /opt/ml',
  },
  {
    id: 'checkpoint-being-uploaded',
    texts: ["No such file or directory: '/opt/ml/checkpoints/<...>.sagemaker-uploading'"],
    cause:
      'the code lists the folder of checkpoints, and reads a file that the platform keeps there for a moment',
    why: 'while it uploads a checkpoint, SageMaker makes files that end in .sagemaker-uploading and .sagemaker-uploaded beside it',
    fix: 'ignore these names when you list the folder',
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
    texts: ['.py: error: unrecognized arguments:'],
    cause: 'the script was given an option that it does not know',
    why: 'each hyperparameter of the job becomes an option, also one that is misspelt or meant for the platform',
    fix: 'add the option to its parser, or remove the hyperparameter from the job',
  },
  {
    id: 'pip-package-not-found',
    texts: [
      'ERROR: No matching distribution found for <name>',
      'Could not find a version that satisfies the requirement <...> (from versions: none)',
    ],
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
    texts: ['No space left on device<end>', 'Insufficient disk space<end>', 'Disk quota exceeded<end>'],
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

/** In the order in which they are looked for. */
export const processErrors = { symptom: 'A process that fails while it runs', errors };
