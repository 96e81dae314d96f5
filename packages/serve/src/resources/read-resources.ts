/** What this container may use: its limits where it has some, the host's figures where not. */

import { readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { type CgroupOptions, readCgroupFiles } from './read-cgroup-files.ts';

export interface Resources {
  /** CPUs that can be busy at once without being throttled; a share of 1.5 counts as 1, none as less than 1. */
  readonly cpuCount: number;
  /** What the container may use before the kernel kills it, or all the memory of the host. */
  readonly memoryBytes: number;
}

/** Reads the resources; never rejects, for a file that cannot be read stands for no limit. */
export async function readResources(options: CgroupOptions = {}): Promise<Resources> {
  const { procRoot = '/proc' } = options;
  const [cpuShare, memoryLimit, totalBytes] = await Promise.all([
    readCpuShare(options),
    readMemoryLimit(options),
    readTotalMemory(procRoot),
  ]);
  return {
    cpuCount: Math.max(1, Math.floor(Math.min(availableParallelism(), cpuShare))),
    memoryBytes: Math.min(memoryLimit, totalBytes),
  };
}

/** CPUs by quota; infinite without one. */
async function readCpuShare(options: CgroupOptions): Promise<number> {
  const controller = 'cpu';
  const [quotas, periods] = await Promise.all([
    readCgroupFiles({ controller, version1: 'cpu.cfs_quota_us', version2: 'cpu.max' }, options),
    readCgroupFiles({ controller, version1: 'cpu.cfs_period_us', version2: 'cpu.max' }, options),
  ]);
  const shares = quotas.map(({ version, text }, index) =>
    version === 2 ? divide(...splitPair(text)) : divide(text, periods[index]?.text),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...shares);
}

/** `cpu.max` is `<quota or max> <period>`. */
function splitPair(text: string): [string | undefined, string | undefined] {
  const [quota, period] = text.trim().split(/\s+/);
  return [quota, period];
}

/** A quota of `max` or -1 is none. */
function divide(quota: string | undefined, period: string | undefined): number {
  const share = Number(quota) / Number(period);
  return share > 0 ? share : Number.POSITIVE_INFINITY;
}

/** Bytes; infinite without a limit. */
async function readMemoryLimit(options: CgroupOptions): Promise<number> {
  const file = { controller: 'memory', version1: 'memory.limit_in_bytes', version2: 'memory.max' };
  const texts = await readCgroupFiles(file, options);
  // Version 1 writes a limit that is not there as a number beyond any memory, version 2 as `max`.
  const limits = texts.map(({ text }) => Number.parseInt(text, 10)).filter((limit) => limit > 0);
  return Math.min(Number.POSITIVE_INFINITY, ...limits);
}

async function readTotalMemory(procRoot: string): Promise<number> {
  const text = await readFile(join(procRoot, 'meminfo'), 'utf8').catch(() => '');
  const kibibytes = Number(/^MemTotal:\s+(\d+) kB$/m.exec(text)?.[1]);
  return kibibytes > 0 ? kibibytes * 1024 : totalmem();
}
