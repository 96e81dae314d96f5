/** What the container may use: its share of CPUs and memory, its devices, and what the kernel has killed in it. */

export { type MemoryUse, readMemoryUse } from './resources/read-memory-use.ts';
export {
  type Resources,
  type ResourcesOptions,
  readOomKills,
  readResources,
} from './resources/read-resources.ts';
