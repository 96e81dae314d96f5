/**
 * Counts values into buckets. One `observe` takes a few nanoseconds, that of prom-client's own histogram more than
 * five hundred, which with several of them for each request would be felt; prom-client only writes the result.
 */

/** The shape that a registry of prom-client asks of what is registered with it. */
interface Collectable {
  readonly name: string;
  get(): Promise<{
    readonly name: string;
    readonly help: string;
    readonly type: 'histogram';
    readonly values: readonly {
      readonly metricName: string;
      readonly labels: Readonly<Record<string, string | number>>;
      readonly value: number;
    }[];
    readonly aggregator: 'sum';
  }>;
}

export interface Histogram extends Collectable {
  observe(value: number): void;
}

/** Creates a histogram whose buckets end at `bounds`, which rise, and at infinity. */
export function createHistogram(name: string, help: string, bounds: readonly number[]): Histogram {
  const counts = new Float64Array(bounds.length + 1);
  // In a variable each sum would be an object of its own.
  const sum = new Float64Array(1);
  return {
    name,
    observe(value) {
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
      counts[bucket] = (counts[bucket] as number) + 1;
      sum[0] = (sum[0] as number) + value;
    },
    async get() {
      let count = 0;
      const values = Array.from(counts, (inBucket, index) => {
        count += inBucket;
        const le = bounds[index] ?? '+Inf';
        return { metricName: `${name}_bucket`, labels: { le }, value: count };
      });
      const total = [
        { metricName: `${name}_sum`, labels: {}, value: sum[0] as number },
        { metricName: `${name}_count`, labels: {}, value: count },
      ];
      return { name, help, type: 'histogram', values: [...values, ...total], aggregator: 'sum' };
    },
  };
}
