/** Counts values into buckets; one `observe` takes a few nanoseconds, for each request pays for several. */

export type Histogram = ReturnType<typeof createHistogram>;

/** Creates a histogram whose buckets end at `bounds`, which rise, and at infinity. */
export function createHistogram(name: string, help: string, bounds: readonly number[]) {
  const counts = new Float64Array(bounds.length + 1);
  // In a variable each sum would be an object of its own.
  const sum = new Float64Array(1);
  return {
    name,
    help,
    observe(value: number): void {
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
      counts[bucket] = (counts[bucket] as number) + 1;
      sum[0] = (sum[0] as number) + value;
    },
    /** Gives what was counted so far: in rising buckets, the last infinite, all values up to their bound. */
    read() {
      let count = 0;
      const buckets = Array.from(counts, (inBucket, index) => {
        count += inBucket;
        return { bound: bounds[index] ?? Number.POSITIVE_INFINITY, count };
      });
      return { buckets, sum: sum[0] as number, count };
    },
  };
}
