/** What this host gives the job: the container's limits where it has some, the host's figures where not. */

import { readdirSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { type CgroupOptions, readCgroupFiles, readText } from './read-cgroup-files.ts';

export interface Resources {
  /** CPUs that can be busy at once without being throttled; a share of 1.5 counts as 1, none as less than 1. */
  readonly cpuCount: number;
  /** What the container may use before the kernel kills it, or all the memory of the host. */
  readonly memoryBytes: number;
  /** True when `memoryBytes` is a limit of the container and less than the host has. */
  readonly memoryLimited: boolean;
  readonly gpuCount: number;
  /** AWS Neuron devices; one device has several cores. */
  readonly neuronCount: number;
}

export interface ResourcesOptions extends CgroupOptions {
  /** Where devices are looked for; default `/dev`. */
  readonly devicesRoot?: string | undefined;
  /** `NVIDIA_VISIBLE_DEVICES` of `void` or `none` means that there are no GPUs; default none are named. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Reads the resources; never throws, for a file that cannot be read stands for no limit. Starts no process. */
export function readResources(options: ResourcesOptions = {}): Resources {
  const { devicesRoot = '/dev', procRoot = '/proc', environment = {} } = options;
  const memoryLimit = readMemoryLimit(options);
  const totalBytes = readTotalMemory(procRoot);
  const devices = listDevices(devicesRoot);
  const hidden = ['void', 'none'].includes(environment.NVIDIA_VISIBLE_DEVICES ?? '');
  return {
    cpuCount: Math.max(1, Math.floor(Math.min(availableParallelism(), readCpuShare(options)))),
    memoryBytes: Math.min(memoryLimit, totalBytes),
    memoryLimited: memoryLimit < totalBytes,
    gpuCount: hidden ? 0 : devices.filter((name) => /^nvidia\d+$/.test(name)).length,
    neuronCount: devices.filter((name) => /^neuron\d+$/.test(name)).length,
  };
}

/** CPUs by quota; infinite without one. */
function readCpuShare(options: CgroupOptions): number {
  const controller = 'cpu';
  const quotas = readCgroupFiles({ controller, version1: 'cpu.cfs_quota_us', version2: 'cpu.max' }, options);
  const periods = readCgroupFiles(
    { controller, version1: 'cpu.cfs_period_us', version2: 'cpu.max' },
    options,
  );
  const shares = quotas.map(({ version, text }, index) => {
    // `cpu.max` is `<quota or max> <period>`.
    const [quota, period] = version === 2 ? text.trim().split(/\s+/) : [text, periods[index]?.text];
    return divide(quota, period);
  });
  return Math.min(Number.POSITIVE_INFINITY, ...shares);
}

/** A quota of `max` or -1 is none. */
function divide(quota: string | undefined, period: string | undefined): number {
  const share = Number(quota) / Number(period);
  return share > 0 ? share : Number.POSITIVE_INFINITY;
}

/** Bytes; infinite without a limit. */
function readMemoryLimit(options: CgroupOptions): number {
  const file = { controller: 'memory', version1: 'memory.limit_in_bytes', version2: 'memory.max' };
  const texts = readCgroupFiles(file, options);
  // Version 1 writes a limit that is not there as a number beyond any memory, version 2 as `max`.
  const limits = texts.map(({ text }) => Number.parseInt(text, 10)).filter((limit) => limit > 0);
  return Math.min(Number.POSITIVE_INFINITY, ...limits);
}

function readTotalMemory(procRoot: string): number {
  const text = readText(join(procRoot, 'meminfo')) ?? '';
  const kibibytes = Number(/^MemTotal:\s+(\d+) kB$/m.exec(text)?.[1]);
  return kibibytes > 0 ? kibibytes * 1024 : totalmem();
}

function listDevices(root: string): readonly string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}

/**
 * Counts the processes of this cgroup that any OOM killer has killed so far; `undefined` where the kernel does
 * not tell. Compare the counts from before and after a process to learn whether it was one of them.
 *
 * Source: the kernel's "Control Group v2" (`memory.events`) and "Memory Resource Controller" (`memory.oom_control`).
 */
export function readOomKills(options: CgroupOptions = {}): number | undefined {
  const file = { controller: 'memory', version1: 'memory.oom_control', version2: 'memory.events' };
  const texts = readCgroupFiles(file, options);
  const counts = texts.flatMap(({ text }) => /^oom_kill (\d+)$/m.exec(text)?.[1] ?? []);
  // The first is the process's own cgroup; parents also count their other children.
  return counts[0] === undefined ? undefined : Number(counts[0]);
}
