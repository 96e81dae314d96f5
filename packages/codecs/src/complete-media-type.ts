/** Completes media types that clients of the Python toolkits write without their first half. */

/**
 * Returns the first of `types` whose subtype is `name`, with or without `x-`: `text/csv` for `csv`, `application/x-npy`
 * for `npy`. Anything else is returned as it is.
 */
export function completeMediaType(name: string, types: readonly string[]): string {
  if (name.includes('/')) return name;
  const subtype = name.trim().toLowerCase();
  return types.find((type) => type.slice(type.indexOf('/') + 1).replace(/^x-/, '') === subtype) ?? name;
}
