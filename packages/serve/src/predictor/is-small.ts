/** Tells values that can be looked at as a whole from those that are better taken piece by piece. */

/** In lists, objects and what is in them. */
const smallParts = 10_000;

/** True for a value of few parts; looks at no more of them than that. */
export function isSmall(value: unknown): boolean {
  return countParts(value, smallParts) <= smallParts;
}

/** Counts a value and all that is in it, up to one more than `limit`. */
function countParts(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 1;
  let count = 1;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && count <= limit; index += 1) {
      count += countParts(value[index], limit - count);
    }
    return count;
  }
  for (const key in value) {
    count += countParts((value as Readonly<Record<string, unknown>>)[key], limit - count);
    if (count > limit) break;
  }
  return count;
}
