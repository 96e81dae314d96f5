/** How often the kernel's OOM killer has struck in this container. */

import { type CgroupOptions, readCgroupFiles } from './read-cgroup-files.ts';

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
