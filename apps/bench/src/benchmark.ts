/** What a benchmark is, and what comes out of it. */

/** A against B. */
interface RatioFigure {
  readonly name: string;
  /** What `aMs` and `bMs` are counted in, where it is not milliseconds. */
  readonly unit?: string;
  readonly aMs: number;
  readonly bMs: number;
  /** The median of the rounds' ratios, which need not be the ratio of the medians. */
  readonly ratio: number;
  /** The ratio that A is held against; left out for a figure that only explains another. */
  readonly atMost?: number;
}

/** A size on its own. */
interface SizeFigure {
  readonly name: string;
  readonly megabytes: number;
  readonly atMost: number;
}

/** How often something happens. */
interface CountFigure {
  readonly name: string;
  readonly count: number;
  readonly atMost: number;
}

export type Figure = RatioFigure | SizeFigure | CountFigure;

export interface Benchmark {
  readonly title: string;
  measure(): Promise<readonly Figure[]>;
}
