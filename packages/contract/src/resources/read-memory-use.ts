/** How much memory is in use of what the container may have, as the kernel counts it before it kills. */

import { freemem, totalmem } from 'node:os';
import { type CgroupOptions, readCgroupFiles } from './read-cgroup-files.ts';

/** Memory in bytes. */
export interface MemoryUse {
  readonly limitBytes: number;
  /** Without the pages of files that the kernel takes back before it kills. */
  readonly usedBytes: number;
}

/**
 * Reads the use of the limit that has the least room left: of this cgroup, of one above it, or of the host. Never throws.
 *
 * Source: the kernel's "Control Group v2" (`memory.current`, `memory.stat`) and "Memory Resource Controller".
 */
export function readMemoryUse(options: CgroupOptions = {}): MemoryUse {
  const read = (version1: string, version2: string) =>
    readCgroupFiles({ controller: 'memory', version1, version2 }, options);
  const currents = read('memory.usage_in_bytes', 'memory.current');
  const stats = read('memory.stat', 'memory.stat');
  const uses = read('memory.limit_in_bytes', 'memory.max').map(({ text }, index): MemoryUse => {
    const usedBytes = Number(currents[index]?.text) - countFileBytes(stats[index]?.text ?? '');
    return { limitBytes: Number.parseInt(text, 10), usedBytes };
  });
  const host = { limitBytes: totalmem(), usedBytes: totalmem() - freemem() };
  // Version 2 writes `max` for a limit that does not exist.
  const known = uses.filter(({ limitBytes, usedBytes }) => limitBytes > 0 && usedBytes >= 0);
  return known.reduce((least, use) => (countRoom(use) < countRoom(least) ? use : least), host);
}

function countRoom({ limitBytes, usedBytes }: MemoryUse): number {
  return limitBytes - usedBytes;
}

/** Version 1 counts those of the cgroups below it under names of their own. */
function countFileBytes(stat: string): number {
  const read = (name: string) => {
    const [, total] = new RegExp(`^total_${name} (\\d+)$`, 'm').exec(stat) ?? [];
    const [, own] = new RegExp(`^${name} (\\d+)$`, 'm').exec(stat) ?? [];
    return Number(total ?? own ?? 0);
  };
  return read('active_file') + read('inactive_file');
}
