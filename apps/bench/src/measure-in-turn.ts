/** Measures two things in turn, so that whatever else the machine does falls on both. */

/** What one round measured. */
export interface Round<A, B> {
  readonly a: A;
  readonly b: B;
}

/** Runs `a` and `b` once for nothing, then in turn `rounds` times: A B A B. */
export async function measureInTurn<A, B>(
  a: () => Promise<A>,
  b: () => Promise<B>,
  rounds: number,
): Promise<readonly Round<A, B>[]> {
  await a();
  await b();
  const measured: Round<A, B>[] = [];
  for (let round = 0; round < rounds; round += 1) measured.push({ a: await a(), b: await b() });
  return measured;
}

/** Compares a number of A with one of B: the median of each, and the median of the rounds' ratios. */
export function compareRounds<A, B>(
  rounds: readonly Round<A, B>[],
  pickA: (a: A) => number,
  pickB: (b: B) => number,
): { readonly aMs: number; readonly bMs: number; readonly ratio: number } {
  const pairs = rounds.map(({ a, b }) => ({ aMs: pickA(a), bMs: pickB(b) }));
  return {
    aMs: findMedian(pairs.map(({ aMs }) => aMs)),
    bMs: findMedian(pairs.map(({ bMs }) => bMs)),
    ratio: findMedian(pairs.map(({ aMs, bMs }) => aMs / bMs)),
  };
}

/** The middle of the values. */
export function findMedian(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}
