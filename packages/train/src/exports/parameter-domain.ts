/**
 * Reads which values a hyperparameter can take, in the platform's four types.
 *
 * A range is given only where every value in it is allowed, as far as the schema can tell: a tuning job tries any
 * of them. So there is none for a missing bound, for an exclusive bound of a number that is not whole (a range
 * includes its ends), or for a `multipleOf`. Exclusive bounds of whole numbers move by one. The bounds of a number
 * format (`z.int32()`, the safe integers of `z.int()`) are not bounds of the author's. Refinements cannot be seen.
 */

import { type JsonSchema, resolveReference } from './hyperparameter-schema.ts';

/** Bounds as the API writes them; both belong to the range. */
export interface NumberRange {
  readonly MinValue: string;
  readonly MaxValue: string;
}

export type ParameterDomain =
  | { readonly type: 'Integer' | 'Continuous'; readonly range: NumberRange | undefined }
  | { readonly type: 'Categorical'; readonly values: readonly string[] }
  | { readonly type: 'FreeText' };

/** Source: ParameterValues and ParameterValue in the SageMaker API model of 2017-07-24. */
const categories = { count: 30, valueCharacters: 256 };

const formatBounds = new Set([
  ...[Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, -(2 ** 31), 2 ** 31 - 1, 2 ** 32 - 1],
  ...[-3.4028234663852886e38, 3.4028234663852886e38, -Number.MAX_VALUE, Number.MAX_VALUE],
]);

/** Reads the domain of a property of `root`. */
export function readDomain(property: JsonSchema, root: JsonSchema): ParameterDomain {
  const node = resolveReference(property, root);
  const values = listCategories(node, root);
  if (values !== undefined) {
    const texts = [...new Set(values.map(String))];
    const fits =
      texts.length <= categories.count && texts.every((text) => text.length <= categories.valueCharacters);
    return fits ? { type: 'Categorical', values: texts } : { type: 'FreeText' };
  }
  if (node.type === 'integer') return { type: 'Integer', range: readIntegerRange(node) };
  if (node.type === 'number') return { type: 'Continuous', range: readContinuousRange(node) };
  return { type: 'FreeText' };
}

/** Every value there is, or `undefined` when they cannot be listed. */
function listCategories(property: JsonSchema, root: JsonSchema): readonly unknown[] | undefined {
  const node = resolveReference(property, root);
  if ('const' in node) return isCategory(node.const) ? [node.const] : undefined;
  if (node.enum !== undefined) return node.enum.every(isCategory) ? node.enum : undefined;
  if (node.type === 'boolean') return [true, false];
  if (node.anyOf === undefined) return undefined;
  const lists = node.anyOf.map((option) => listCategories(option, root));
  return lists.every((list) => list !== undefined) ? lists.flat() : undefined;
}

function isCategory(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function readIntegerRange(node: JsonSchema): NumberRange | undefined {
  const low = Math.max(
    Math.ceil(readBound(node.minimum, Number.NEGATIVE_INFINITY)),
    Math.floor(readBound(node.exclusiveMinimum, Number.NEGATIVE_INFINITY)) + 1,
  );
  const high = Math.min(
    Math.floor(readBound(node.maximum, Number.POSITIVE_INFINITY)),
    Math.ceil(readBound(node.exclusiveMaximum, Number.POSITIVE_INFINITY)) - 1,
  );
  return hasSteps(node, 1) ? undefined : createRange(low, high);
}

function readContinuousRange(node: JsonSchema): NumberRange | undefined {
  const minimum = readBound(node.minimum, Number.NEGATIVE_INFINITY);
  const maximum = readBound(node.maximum, Number.POSITIVE_INFINITY);
  const above = readBound(node.exclusiveMinimum, Number.NEGATIVE_INFINITY);
  const below = readBound(node.exclusiveMaximum, Number.POSITIVE_INFINITY);
  return above < minimum && maximum < below && !hasSteps(node) ? createRange(minimum, maximum) : undefined;
}

function readBound(keyword: unknown, otherwise: number): number {
  const isBound = typeof keyword === 'number' && Number.isFinite(keyword) && !formatBounds.has(keyword);
  return isBound ? keyword : otherwise;
}

/** True when not every number between the bounds is allowed; several rules of a kind stand in `allOf`. */
function hasSteps(node: JsonSchema, harmless?: number): boolean {
  return 'allOf' in node || (node.multipleOf !== undefined && node.multipleOf !== harmless);
}

function createRange(low: number, high: number): NumberRange | undefined {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) return undefined;
  // Adding 0 makes -0 a 0.
  return { MinValue: String(low + 0), MaxValue: String(high + 0) };
}
