/** Keeps a few of many values, each with the same chance, so that their percentiles are those of all. */

export interface Sample {
  add(value: number): void;
  readonly values: readonly number[];
}

/** Creates a sample of at most `maximum` values: of all of them, as long as there are no more. */
export function createSample(maximum: number, random: () => number = Math.random): Sample {
  const values: number[] = [];
  let count = 0;
  return {
    values,
    add(value) {
      count += 1;
      if (values.length < maximum) values.push(value);
      else {
        // Vitter's algorithm R.
        const place = Math.floor(random() * count);
        if (place < maximum) values[place] = value;
      }
    },
  };
}
