/** Byte counts for people. */

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Writes a count with the largest binary unit that leaves at least 1 of it, as in `512 MiB` or `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const index = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** index;
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} ${units[index]}`;
}
