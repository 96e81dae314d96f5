import fc from 'fast-check';
import { expect, test } from 'vitest';
import { growTree, predictLabel, type TreeNode } from './decision-tree.ts';

const options = { maxDepth: 64, minSamplesSplit: 2 };
const row = fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5, max: 5 }));
const table = fc
  .array(fc.record({ features: row, label: fc.constantFrom('a', 'b', 'c') }), { minLength: 1, maxLength: 60 })
  .map((rows) => ({
    features: rows.map(({ features }) => features),
    labels: rows.map(({ label }) => label),
  }));

const depthOf = (node: TreeNode): number =>
  'label' in node ? 0 : 1 + Math.max(depthOf(node.left), depthOf(node.right));

test('two groups on a line are parted half-way between them', () => {
  const tree = growTree({ features: [[1], [2], [8], [9]], labels: ['low', 'low', 'high', 'high'] }, options);

  expect(tree).toEqual({ feature: 0, threshold: 5, left: { label: 'low' }, right: { label: 'high' } });
});

test('rows of one label are one leaf', () => {
  expect(growTree({ features: [[1], [2]], labels: ['a', 'a'] }, options)).toEqual({ label: 'a' });
});

test('rows that no question can part are one leaf of the most frequent label', () => {
  const tree = growTree({ features: [[1], [1], [1]], labels: ['b', 'a', 'b'] }, options);

  expect(tree).toEqual({ label: 'b' });
});

test('labels that depend on one threshold are learned without an error', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), fc.integer({ min: -5, max: 5 }), (features, threshold) => {
      const labels = features.map(([, y]) => (y > threshold ? 'above' : 'below'));

      const tree = growTree({ features, labels }, options);

      expect(features.map((values) => predictLabel(tree, values))).toEqual(labels);
    }),
  );
});

test('an answer is always a label that was taught', () => {
  fc.assert(
    fc.property(table, row, (data, unseen) => {
      expect(data.labels).toContain(predictLabel(growTree(data, options), unseen));
    }),
  );
});

test('no tree is deeper than it may be, and the same data gives the same tree', () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 4 }), (data, maxDepth) => {
      const tree = growTree(data, { ...options, maxDepth });

      expect(depthOf(tree)).toBeLessThanOrEqual(maxDepth);
      expect(growTree(data, { ...options, maxDepth })).toEqual(tree);
    }),
  );
});

test('fewer rows than the minimum are not split', () => {
  const data = { features: [[1], [2], [8], [9]], labels: ['low', 'low', 'high', 'high'] };

  expect(growTree(data, { ...options, minSamplesSplit: 5 })).toEqual({ label: 'high' });
});
