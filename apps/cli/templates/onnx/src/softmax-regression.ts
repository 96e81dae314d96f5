/** Softmax regression, trained by gradient descent on all rows at once. Deterministic. */

export interface Examples {
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly string[];
}

/** Scores of a row are `row * weights + bias`, one a label; the highest wins. */
export interface Classifier {
  readonly labels: readonly string[];
  /** By feature, then by label. */
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

export interface FitOptions {
  readonly epochs: number;
  readonly learningRate: number;
  readonly signal: AbortSignal;
}

export function fitSoftmax(examples: Examples, labels: readonly string[], options: FitOptions): Classifier {
  const { mean, deviation } = measureColumns(examples.rows);
  const rows = examples.rows.map((row) =>
    row.map((value, column) => (value - at(mean, column)) / at(deviation, column)),
  );
  const targets = examples.labels.map((label) => labels.indexOf(label));
  const weights = mean.map(() => labels.map(() => 0));
  const bias = labels.map(() => 0);
  for (let epoch = 0; epoch < options.epochs; epoch += 1) {
    options.signal.throwIfAborted();
    descend({ labels, weights, bias }, rows, targets, options.learningRate / rows.length);
  }
  // Puts the scaling of the columns into the weights, so that the model takes rows as they are.
  const scaled = weights.map((row, column) => row.map((weight) => weight / at(deviation, column)));
  return {
    labels,
    weights: scaled,
    bias: bias.map(
      (value, label) => value - sum(scaled.map((row, column) => at(row, label) * at(mean, column))),
    ),
  };
}

export function measureAccuracy(classifier: Classifier, { rows, labels }: Examples): number {
  const hits = rows.filter((row, index) => {
    const scores = scoreRow(classifier, row);
    return classifier.labels[scores.indexOf(Math.max(...scores))] === labels[index];
  });
  return hits.length / rows.length;
}

interface Parameters extends Classifier {
  readonly weights: number[][];
  readonly bias: number[];
}

/** One step down the gradient of the cross entropy. */
function descend(
  parameters: Parameters,
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  step: number,
): void {
  const errors = rows.map((row, index) =>
    softmax(scoreRow(parameters, row)).map((share, label) => share - (label === targets[index] ? 1 : 0)),
  );
  for (const [label] of parameters.labels.entries()) {
    for (const [column, weights] of parameters.weights.entries()) {
      weights[label] =
        at(weights, label) -
        step * sum(errors.map((error, row) => at(error, label) * at(rows[row] ?? [], column)));
    }
    parameters.bias[label] = at(parameters.bias, label) - step * sum(errors.map((error) => at(error, label)));
  }
}

function scoreRow({ weights, bias }: Classifier, row: readonly number[]): number[] {
  return bias.map((start, label) =>
    row.reduce((score, value, column) => score + value * at(weights[column] ?? [], label), start),
  );
}

function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

function measureColumns(rows: readonly (readonly number[])[]) {
  const mean = (rows[0] ?? []).map((_, column) => sum(rows.map((row) => at(row, column))) / rows.length);
  const deviation = mean.map((center, column) => {
    const variance = sum(rows.map((row) => (at(row, column) - center) ** 2)) / rows.length;
    return Math.sqrt(variance) || 1;
  });
  return { mean, deviation };
}

/** A row that is too short counts as zeros there. */
function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
