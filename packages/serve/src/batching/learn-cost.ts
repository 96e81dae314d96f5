/** Learns what a batch costs: a fixed part, and a part for each request in it. */

interface BatchCost {
  readonly fixedMs: number;
  readonly itemMs: number;
}

/** What is older than this many batches is forgotten, so that the figures follow the model and its inputs. */
const memory = 50;

/** Creates a learner: a line of least squares through the last 50 batches, neither of whose parts is negative. */
export function createCostLearner() {
  const samples: { readonly size: number; readonly durationMs: number }[] = [];
  let estimate: BatchCost | undefined;
  return {
    /** Takes in a batch that has ended. */
    add(size: number, durationMs: number): void {
      samples.push({ size, durationMs });
      if (samples.length > memory) samples.shift();
      estimate = undefined;
    },
    /** `undefined` before the first batch. */
    estimate(): BatchCost | undefined {
      if (estimate === undefined && samples.length > 0) estimate = fitLine(samples);
      return estimate;
    },
  };
}

function fitLine(samples: readonly { readonly size: number; readonly durationMs: number }[]): BatchCost {
  const count = samples.length;
  const meanSize = samples.reduce((sum, { size }) => sum + size, 0) / count;
  const meanMs = samples.reduce((sum, { durationMs }) => sum + durationMs, 0) / count;
  let covariance = 0;
  let variance = 0;
  for (const { size, durationMs } of samples) {
    covariance += (size - meanSize) * (durationMs - meanMs);
    variance += (size - meanSize) ** 2;
  }
  // Batches of one size do not tell the parts apart: half and half makes the policy try others.
  const slope = variance === 0 ? meanMs / (2 * meanSize) : covariance / variance;
  const itemMs = Math.min(Math.max(0, slope), meanMs / meanSize);
  return { fixedMs: meanMs - itemMs * meanSize, itemMs };
}
