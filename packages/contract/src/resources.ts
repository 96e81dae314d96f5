/** What the container may use: its share of CPUs and memory, its devices, and what the kernel has killed in it. */

export { readOomKills } from './resources/read-oom-kills.ts';
export { type Resources, type ResourcesOptions, readResources } from './resources/read-resources.ts';
