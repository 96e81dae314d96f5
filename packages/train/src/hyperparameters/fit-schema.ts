/** Finds the reading of every text in a value that a schema takes. */

import { isLossyNumber } from '@optml/codecs/text';
import * as core from 'zod/v4/core';
import { listLeafReadings } from './list-readings.ts';
import { isLeaf, type TextLeaf, type TextNode } from './text-node.ts';

export type Fit =
  | { readonly ok: true; readonly value: unknown; readonly output: unknown }
  | {
      readonly ok: false;
      readonly value: unknown;
      readonly issues: readonly core.$ZodIssue[];
      /** True when the schema took the text, and made it a number that a double cannot hold. */
      readonly isLost: boolean;
    };

/** A text, where it stands, and which of its readings is tried. */
interface Choice {
  readonly leaf: TextLeaf;
  readonly path: readonly PropertyKey[];
  readonly readings: readonly unknown[];
  index: number;
}

/**
 * Tries the first reading of every text, then of those that the schema objects to the next, until it takes the whole.
 * Of the attempts that failed it gives the one with the fewest values of a wrong type.
 */
export function fitSchema(schema: core.$ZodType, node: TextNode): Fit {
  const choices = listChoices(node, []);
  const byPlace = new Map(choices.map((choice) => [writePlace(choice.path), choice]));
  let closest: (Fit & { ok: false }) | undefined;
  for (;;) {
    const fit = parse(schema, node, choices);
    if (fit.ok) return refuseLoss(prefer(schema, node, choices, fit), choices);
    if (closest === undefined || countTypeIssues(fit) < countTypeIssues(closest)) closest = fit;
    const open = new Set(findOpen(byPlace, fit.issues));
    if (open.size === 0) return closest;
    for (const choice of open) choice.index += 1;
  }
}

function listChoices(node: TextNode, path: readonly PropertyKey[]): Choice[] {
  if (isLeaf(node)) return [{ leaf: node, path, readings: listLeafReadings(node), index: 0 }];
  const members = node.kind === 'list' ? [...node.items.entries()] : node.entries;
  return members.flatMap(([key, item]) => listChoices(item, [...path, key]));
}

function parse(schema: core.$ZodType, node: TextNode, choices: readonly Choice[]): Fit {
  const readings = new Map(choices.map(({ leaf, readings, index }) => [leaf, readings[index]]));
  const value = build(node, readings);
  const result = core.safeParse(schema, value);
  if (result.success) return { ok: true, value, output: result.data };
  return { ok: false, value, issues: result.error.issues, isLost: false };
}

function build(node: TextNode, readings: ReadonlyMap<TextLeaf, unknown>): unknown {
  if (isLeaf(node)) return readings.get(node);
  if (node.kind === 'list') return node.items.map((item) => build(item, readings));
  return Object.fromEntries(node.entries.map(([name, item]) => [name, build(item, readings)]));
}

export function isTypeIssue(issue: core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_union';
}

function countTypeIssues({ issues }: Fit & { ok: false }): number {
  return issues.filter(isTypeIssue).length;
}

/** The texts that the issues name and that have another reading; of a union of objects, those of one option. */
function findOpen(
  choices: ReadonlyMap<string, Choice>,
  issues: readonly core.$ZodIssue[],
): readonly Choice[] {
  return issues.flatMap((issue) => {
    const choice = choices.get(writePlace(issue.path));
    if (choice !== undefined) return choice.index + 1 < choice.readings.length ? [choice] : [];
    if (issue.code !== 'invalid_union') return [];
    const options = issue.errors.map((option) => {
      const inside = option.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
      const open = findOpen(choices, inside);
      return open.length >= inside.length ? open : [];
    });
    return options.find((open) => open.length > 0) ?? [];
  });
}

function writePlace(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

/**
 * A schema that converts takes more than it means: `z.coerce.string()` takes the number 1.1 of `1.10`, and
 * `z.coerce.boolean()` the text `False`. Where a text has a reading of the kind that came out, that one goes in.
 */
function prefer(
  schema: core.$ZodType,
  node: TextNode,
  choices: readonly Choice[],
  fit: Fit & { ok: true },
): Fit & { ok: true } {
  const preferred = choices.map((choice) => {
    const kind = kindOf(valueAt(fit.output, choice.path));
    if (kind === kindOf(choice.readings[choice.index])) return choice;
    const index = choice.readings.findIndex((reading) => kindOf(reading) === kind);
    return index === -1 ? choice : { ...choice, index };
  });
  if (preferred.every((choice, at) => choice === choices[at])) return fit;
  const other = parse(schema, node, preferred);
  return other.ok ? other : fit;
}

/** One that converts text to a number loses what a double cannot hold; it is refused as `z.number()` refuses it. */
function refuseLoss(fit: Fit & { ok: true }, choices: readonly Choice[]): Fit {
  const isLost = ({ leaf, path }: Choice) =>
    isLossyNumber(leaf.text.trim()) && Object.is(valueAt(fit.output, path), Number(leaf.text));
  const issues = choices.filter(isLost).map(({ leaf, path }) => ({
    code: 'invalid_type' as const,
    expected: 'number' as const,
    path: [...path],
    message: 'expected number',
    input: leaf.text,
  }));
  return issues.length === 0 ? fit : { ok: false, value: fit.value, issues, isLost: true };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key],
    value,
  );
}

/** The type of a value, with lists and `null` apart from other objects, and dates as the texts that they are read from. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return value instanceof Date ? 'string' : typeof value;
}
