/** The entry point of a container. */

export type { Halves } from './run-container.ts';
export { runContainer } from './run-container.ts';
