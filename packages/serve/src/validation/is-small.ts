/** Tells values that can be looked at as a whole from those that are better taken piece by piece. */

/** In lists, objects, typed arrays, maps and sets, and what is in them. */
const smallParts = 10_000;

/** A deeper value holds itself, or would need more of the stack than there is. */
const smallDepth = 1_000;

/** True for a value of few parts; looks at no more of them than that. */
export function isSmall(value: unknown): boolean {
  try {
    return countParts(value, smallParts, 0) <= smallParts;
  } catch {
    // A getter of the author's has thrown: only what reads the value can say so.
    return false;
  }
}

/** Counts a value and all that is in it, up to one more than `limit`. */
function countParts(value: unknown, limit: number, depth: number): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (depth === smallDepth) return limit + 1;
  const size = measureClosed(value);
  if (size !== undefined) return 1 + size;
  let count = 1;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && count <= limit; index += 1) {
      count += countParts(value[index], limit - count, depth + 1);
    }
    return count;
  }
  for (const key in value) {
    count += countParts((value as Readonly<Record<string, unknown>>)[key], limit - count, depth + 1);
    if (count > limit) break;
  }
  return count;
}

/** What is in it is not looked at, but a schema may. */
function measureClosed(value: object): number | undefined {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return value instanceof Map || value instanceof Set ? value.size : undefined;
}
