/** What the container may use and does: its share of CPUs and memory, its devices, and what the kernel has killed in it. */

export { type MemoryUse, readMemoryUse } from './resources/read-memory-use.ts';
export { readResidentBytes } from './resources/read-resident.ts';
export {
  type Resources,
  type ResourcesOptions,
  readOomKills,
  readResources,
} from './resources/read-resources.ts';
