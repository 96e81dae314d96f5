/**
 * A classification tree (CART, Gini impurity) over numeric features: small, deterministic, and plain JSON when
 * it is saved. A row goes left when its feature is at most the threshold.
 */

/** A leaf answers; any other node asks. */
export type TreeNode =
  | { readonly label: string }
  | {
      readonly feature: number;
      readonly threshold: number;
      readonly left: TreeNode;
      readonly right: TreeNode;
    };

export interface TreeOptions {
  /** The most questions between root and leaf. */
  readonly maxDepth: number;
  /** The fewest rows that are still split. */
  readonly minSamplesSplit: number;
}

/** Rows of features (all of one width) and a label for each. */
export interface LabelledRows {
  readonly features: readonly (readonly number[])[];
  readonly labels: readonly string[];
}

/** Grows a tree; `data` holds at least one row. */
export function growTree(data: LabelledRows, options: TreeOptions): TreeNode {
  const all = data.labels.map((_label, row) => row);
  return growNode(data, all, options, 0);
}

/** Answers the label of one row. */
export function predictLabel(tree: TreeNode, row: readonly number[]): string {
  let node = tree;
  while ('feature' in node) {
    node = (row[node.feature] as number) <= node.threshold ? node.left : node.right;
  }
  return node.label;
}

function growNode(
  data: LabelledRows,
  rows: readonly number[],
  options: TreeOptions,
  depth: number,
): TreeNode {
  const counts = countLabels(data, rows);
  const leaf = { label: mostFrequent(counts) };
  if (counts.size === 1 || depth >= options.maxDepth || rows.length < options.minSamplesSplit) return leaf;
  const split = findBestSplit(data, rows, counts);
  if (split === undefined) return leaf;
  const isLeft = (row: number) => featureOf(data, row, split.feature) <= split.threshold;
  return {
    ...split,
    left: growNode(data, rows.filter(isLeft), options, depth + 1),
    right: growNode(
      data,
      rows.filter((row) => !isLeft(row)),
      options,
      depth + 1,
    ),
  };
}

function featureOf(data: LabelledRows, row: number, feature: number): number {
  return data.features[row]?.[feature] as number;
}

function countLabels(data: LabelledRows, rows: readonly number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const label = data.labels[row] as string;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return counts;
}

/** Ties go to the label that comes first in the alphabet, so that the same data gives the same tree. */
function mostFrequent(counts: ReadonlyMap<string, number>): string {
  const [first] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return first?.[0] as string;
}

function findBestSplit(data: LabelledRows, rows: readonly number[], counts: ReadonlyMap<string, number>) {
  let best: { readonly feature: number; readonly threshold: number } | undefined;
  let bestPurity = sumOfSquares(counts) / rows.length;
  const width = data.features[0]?.length ?? 0;
  for (let feature = 0; feature < width; feature += 1) {
    for (const { threshold, purity } of listSplits(data, rows, feature, counts)) {
      if (purity <= bestPurity) continue;
      bestPurity = purity;
      best = { feature, threshold };
    }
  }
  return best;
}

/** Scans one feature in order of its values. Gini impurity falls as purity, the sum of squared counts per side, grows. */
function* listSplits(
  data: LabelledRows,
  rows: readonly number[],
  feature: number,
  counts: ReadonlyMap<string, number>,
): Generator<{ readonly threshold: number; readonly purity: number }> {
  const sorted = [...rows].sort((a, b) => featureOf(data, a, feature) - featureOf(data, b, feature));
  const left = new Map<string, number>();
  const right = new Map(counts);
  for (let index = 1; index < sorted.length; index += 1) {
    const moved = data.labels[sorted[index - 1] as number] as string;
    left.set(moved, (left.get(moved) ?? 0) + 1);
    right.set(moved, (right.get(moved) as number) - 1);
    const below = featureOf(data, sorted[index - 1] as number, feature);
    const above = featureOf(data, sorted[index] as number, feature);
    if (below === above) continue;
    const purity = sumOfSquares(left) / index + sumOfSquares(right) / (sorted.length - index);
    yield { threshold: (below + above) / 2, purity };
  }
}

function sumOfSquares(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count * count;
  return sum;
}
