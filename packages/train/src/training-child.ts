/**
 * The program of the process that runs a definition: its arguments are the module's URL and what to know. The
 * author's module comes first: what of ours is heavier than this file is loaded after its first line.
 */

import type { EventEmitter } from 'node:events';
import { enableCompileCache } from 'node:module';
import type { ChildStart } from './job/child-start.ts';

const [url = '', start = '{}'] = process.argv.slice(2);

// Halves the time that zod takes; where nothing can be written it does nothing.
enableCompileCache();

const openBefore = process.getActiveResourcesInfo();
// The author's module may take its time, and may leave something behind that fails at once.
const release = holdEvents(process, ['SIGTERM', 'SIGINT', 'uncaughtException']);
process.on('exit', failEarlyExit);
// What loads the definition below learns how this ends.
import(url).catch(() => {});
await new Promise(setImmediate);
const [{ runInChild }, { loadDefinition }] = await Promise.all([
  import('./child/run-in-child.ts'),
  import('./definition/load-definition.ts'),
]);
// Not awaited: of a module that never finishes loading, Node would quote this line as the one that waits.
void runInChild(() => loadDefinition(url), JSON.parse(start) as ChildStart, openBefore);
process.off('exit', failEarlyExit);
release();

/** A module that ends the process while it is loaded has not trained. */
function failEarlyExit(exitCode: number): void {
  if (exitCode !== 0) return;
  const message = 'process.exit(0) was called before run had returned, while the module was loaded';
  process.send?.({ kind: 'optml:failed', report: { code: 'TRAINING_FAILED', message, frames: [] } });
  process.exitCode = 1;
}

/** Holds the events of `names`; the function that it returns ends that, and has `emitter` emit them again. */
function holdEvents(emitter: EventEmitter, names: readonly string[]): () => void {
  const held: (readonly [string, ...unknown[]])[] = [];
  const holders = names.map((name) => [name, (...words: unknown[]) => held.push([name, ...words])] as const);
  for (const [name, hold] of holders) emitter.on(name, hold);
  return () => {
    for (const [name, hold] of holders) emitter.off(name, hold);
    for (const [name, ...words] of held) emitter.emit(name, ...words);
  };
}
