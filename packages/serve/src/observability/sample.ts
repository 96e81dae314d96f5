/** Keeps a few of many values, each with the same chance, so that their percentiles are those of all. */

/** Creates a sample of at most `maximum` values: of all of them, as long as there are no more. */
export function createSample(maximum: number, random: () => number = Math.random) {
  const values: number[] = [];
  let count = 0;
  return {
    values: values as readonly number[],
    add(value: number): void {
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
