/** Keeps what happens for those who will listen. */

import type { EventEmitter } from 'node:events';

/** Holds the events of `names`; the function that it returns ends that, and has `emitter` emit them again. */
export function holdEvents(emitter: EventEmitter, names: readonly string[]): () => void {
  const held: (readonly [string, ...unknown[]])[] = [];
  const holders = names.map((name) => [name, (...words: unknown[]) => held.push([name, ...words])] as const);
  for (const [name, hold] of holders) emitter.on(name, hold);
  return () => {
    for (const [name, hold] of holders) emitter.off(name, hold);
    for (const [name, ...words] of held) emitter.emit(name, ...words);
  };
}
