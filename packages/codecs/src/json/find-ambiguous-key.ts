/** Finds keys of which readers would make different things: one that comes twice in its object, and `__proto__`. */

import { findStringEnd } from '../number/find-lossy-number.ts';

/** A key, by the index of its opening quote. */
export interface AmbiguousKey {
  readonly at: number;
  readonly key: string;
}

/**
 * Returns the first such key of `text`, which has been parsed to `value`. Most bodies are only counted: without a
 * repetition there are as many colons as keys, but for those inside of strings.
 */
export function findAmbiguousKey(text: string, value: unknown): AmbiguousKey | undefined {
  const colons = countColons(text);
  if (colons === 0) return undefined;
  const keys = countKeys(value);
  return keys === colons ? undefined : searchKeys(text);
}

function countColons(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) count += 1;
  return count;
}

/** Counts the keys of all objects within; not a number for one that is ambiguous by itself. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    // By index, which spares V8 from putting each number on the heap.
    for (let index = 0; index < value.length; index += 1) {
      if (typeof value[index] === 'object') count += countKeys(value[index]);
    }
    return count;
  }
  for (const key in value) {
    if (key === '__proto__') return Number.NaN;
    count += 1 + countKeys((value as Record<string, unknown>)[key]);
  }
  return count;
}

/** Walks valid JSON: a string with a colon behind it is a key of the innermost object. */
function searchKeys(text: string): AmbiguousKey | undefined {
  const objects: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{' || character === '[') objects.push(new Set());
    else if (character === '}' || character === ']') objects.pop();
    else if (character === '"') {
      const end = findStringEnd(text, at);
      if (isFollowedByColon(text, end)) {
        const key = JSON.parse(text.slice(at, end)) as string;
        if (key === '__proto__' || objects.at(-1)?.has(key)) return { at, key };
        objects.at(-1)?.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (' \t\n\r'.includes(text[at] ?? 'end')) at += 1;
  return text[at] === ':';
}
