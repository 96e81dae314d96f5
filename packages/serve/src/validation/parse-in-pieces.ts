/**
 * Holds values against schemas without keeping more problems than can be told. zod makes some 300 bytes of every problem,
 * and a body of a few megabytes may have millions: what is large is held against its schema piece by piece, until there
 * are enough of them. The result is the one that `safeParse` gives.
 */

import { maximumListed } from '@optml/codecs/arrays';
import * as core from 'zod/v4/core';
import { isSmall } from './is-small.ts';
import { isPlain } from './takes-number-rows.ts';

/** What came of it. */
export type Outcome<Output> = { readonly success: true; readonly data: Output } | Refusal;

export interface Refusal {
  readonly success: false;
  readonly issues: readonly core.$ZodIssue[];
  /** True where there may be more issues than these. */
  readonly isCut: boolean;
}

/** What came of it, and the reading of a body that problems are about. */
export interface Parsed<Output> {
  readonly outcome: Outcome<Output>;
  readonly instances: unknown;
}

/** Changes the value that issues of the piece at `path` are about; true when another look at it is worth while. */
export type Coerce = (issues: readonly core.$ZodIssue[], path: readonly PropertyKey[]) => boolean;

/** More than a message can name. */
const enoughIssues = 1_000;

/** Parses a value; where there are any, what `coerce` has changed is parsed once more. */
export function parseInPieces<Output>(
  schema: core.$ZodType<Output>,
  value: unknown,
  coerce: Coerce = () => false,
): Outcome<Output> {
  return parse(schema, value, { coerce, path: [] }) as Outcome<Output>;
}

interface Walk {
  readonly coerce: Coerce;
  /** Where in the whole the piece is. */
  readonly path: PropertyKey[];
}

type Members = Readonly<Record<PropertyKey, unknown>>;

function parse(schema: core.$ZodType, value: unknown, walk: Walk): Outcome<unknown> {
  const { def } = (schema as core.$ZodTypes)._zod;
  // Strict and loose objects, and those with a schema for members that they do not name.
  const looksAtAllKeys = def.type === 'object' && def.catchall !== undefined;
  // Every element of a typed array would be a member with a key of its own.
  if (ArrayBuffer.isView(value) && looksAtAllKeys) return refuse('expected object', 'object');
  if (isSmall(value)) return parseWhole(schema, value);
  if (Array.isArray(value) && (def.type === 'array' || def.type === 'tuple')) {
    // One of nothing but a length would be walked for minutes.
    if (value.length > maximumListed) return refuse(`expected at most ${maximumListed} elements`, 'array');
    if (def.type === 'array') return parseArray(schema, def.element, value, walk);
    return parseTuple(schema, def, value, walk);
  }
  if (isRecord(value)) {
    if (def.type === 'object') return parseObject(schema, def.shape, value, walk);
    // A loose one passes on what has other keys.
    if (def.type === 'record' && def.mode !== 'loose') return parseRecord(schema, def, value, walk);
  }
  // Not of those that look at a property first, or want exactly one option to fit.
  const isPlainUnion = def.type === 'union' && !('discriminator' in def) && def.inclusive !== false;
  if (isPlainUnion) return parseUnion(schema, def.options, value, walk);
  const required = findRequired(def, value);
  if (required !== undefined) return parseRequired(schema, required, value, walk);
  const inner = findInner(def);
  return inner === undefined ? parseWhole(schema, value, true) : parseWrapped(schema, inner, value, walk);
}

function parseWhole(schema: core.$ZodType, value: unknown, isLarge = false): Outcome<unknown> {
  // What zod's own `validate` sets: lists, objects and tuples end with the first of their parts that is wrong.
  const result = core.safeParse(schema, value, isLarge ? ({ abortEarly: true } as object) : undefined);
  return result.success ? result : { success: false, issues: result.error.issues, isCut: isLarge };
}

/** Holds a value whose parts are parsed already against what the schema asks for beside them. */
function parseRest(schema: core.$ZodType, changes: object, value: unknown, isLarge = true): Outcome<unknown> {
  return parseWhole(core.clone(schema, { ...schema._zod.def, ...changes }), value, isLarge);
}

function refuse(message: string, expected: 'array' | 'object'): Refusal {
  const issue: core.$ZodIssue = { code: 'invalid_type', expected, path: [], message, input: undefined };
  return { success: false, issues: [issue], isCut: false };
}

function parseArray(
  schema: core.$ZodType,
  element: core.$ZodType,
  value: readonly unknown[],
  walk: Walk,
): Outcome<unknown> {
  const isTaken = chooseShortcut(element);
  const parsed: unknown[] = [];
  const issues: core.$ZodIssue[] = [];
  let isCut = false;
  for (let index = 0; index < value.length; index += 1) {
    if (issues.length >= enoughIssues) {
      isCut = true;
      break;
    }
    if (isTaken(value[index])) {
      parsed.push(value[index]);
      continue;
    }
    const outcome = parsePart(element, value, index, walk);
    if (outcome.success) parsed.push(outcome.data);
    else {
      for (const issue of outcome.issues) issues.push(moveInto(index, issue));
      isCut ||= outcome.isCut;
    }
  }
  if (issues.length > 0) return { success: false, issues, isCut };
  if (hasNoChecks(schema)) return { success: true, data: parsed };
  return parseRest(schema, { element: anything }, parsed, false);
}

/** Tells the commonest parts that a schema takes as they are, of which a list may have a million. */
function chooseShortcut({ _zod: { def } }: core.$ZodType): (part: unknown) => boolean {
  if (isPlain(def, 'number')) return Number.isFinite;
  if (isPlain(def, 'string')) return (part) => typeof part === 'string';
  return isPlain(def, 'unknown') || isPlain(def, 'any') ? () => true : () => false;
}

/** One part of a whole, and once more when it could be coerced. */
function parsePart(
  schema: core.$ZodType,
  value: readonly unknown[] | Members,
  key: PropertyKey,
  walk: Walk,
): Outcome<unknown> {
  const members = value as Members;
  walk.path.push(key);
  const first = parse(schema, members[key], walk);
  const isCoerced = !first.success && walk.coerce(first.issues, walk.path);
  const outcome = isCoerced ? parse(schema, members[key], walk) : first;
  walk.path.pop();
  return outcome;
}

function moveInto(key: PropertyKey, issue: core.$ZodIssue): core.$ZodIssue {
  return { ...issue, path: [key, ...issue.path] };
}

/** What is found of one part is told alone: there may be more in the others. */
function refuseAt(key: PropertyKey, { issues }: Refusal): Refusal {
  return { success: false, issues: issues.map((issue) => moveInto(key, issue)), isCut: true };
}

/** The large elements of a tuple and all behind its items by themselves, and then the tuple with what came of them. */
function parseTuple(
  schema: core.$ZodType,
  def: core.$ZodTupleDef,
  value: readonly unknown[],
  walk: Walk,
): Outcome<unknown> {
  const items = [...def.items];
  const parsed = [...value];
  for (let index = 0; index < value.length; index += 1) {
    const part = items[index] ?? def.rest;
    if (part === null || (index < items.length && isSmall(value[index]))) continue;
    const outcome = parsePart(part, value, index, walk);
    if (!outcome.success) return refuseAt(index, outcome);
    parsed[index] = outcome.data;
    if (index < items.length) items[index] = anything;
  }
  return parseRest(schema, { items, rest: def.rest && anything }, parsed);
}

/** The large values of an object by themselves, and then the object with what came of them. */
function parseObject(
  schema: core.$ZodType,
  parts: core.$ZodShape,
  value: Members,
  walk: Walk,
): Outcome<unknown> {
  const shape: Record<string, core.SomeType> = { ...parts };
  const parsed = { ...value };
  for (const [key, part] of Object.entries(parts)) {
    if (!Object.hasOwn(value, key) || isSmall(value[key])) continue;
    const outcome = parsePart(part as core.$ZodType, value, key, walk);
    if (!outcome.success) return refuseAt(key, outcome);
    parsed[key] = outcome.data;
    shape[key] = anything;
  }
  return parseRest(schema, { shape }, parsed);
}

/** Each entry of a record by itself, and then the whole, which has few issues left. */
function parseRecord(
  schema: core.$ZodType,
  { keyType, valueType }: core.$ZodRecordDef,
  value: Members,
  walk: Walk,
): Outcome<unknown> {
  // With keys that must all be there, one entry alone is never right.
  const entry =
    keyType._zod.values === undefined ? core.clone(schema, { ...schema._zod.def, checks: [] }) : undefined;
  for (const [key, part] of Object.entries(value)) {
    if (!isSmall(part)) {
      const outcome = parsePart(valueType, value, key, walk);
      if (!outcome.success) return refuseAt(key, outcome);
    } else if (entry !== undefined) {
      const outcome = parseWhole(entry, { [key]: part });
      if (!outcome.success) return { ...outcome, isCut: true };
    }
  }
  return parseWhole(schema, value, true);
}

function parseUnion(
  schema: core.$ZodType,
  options: readonly core.$ZodType[],
  value: unknown,
  walk: Walk,
): Outcome<unknown> {
  const errors: core.$ZodIssue[][] = [];
  for (const option of options) {
    const outcome = parse(option, value, walk);
    if (outcome.success) return hasNoChecks(schema) ? outcome : parseWhole(schema, value, true);
    errors.push([...outcome.issues]);
  }
  const issue: core.$ZodIssue = { code: 'invalid_union', errors, path: [], message: 'Invalid input' };
  return { success: false, issues: [issue], isCut: true };
}

/** What the value must fit in any case, and then the whole, which has few issues left. */
function parseRequired(
  schema: core.$ZodType,
  required: readonly core.$ZodType[],
  value: unknown,
  walk: Walk,
): Outcome<unknown> {
  for (const part of required) {
    const outcome = parse(part, value, walk);
    if (!outcome.success) return { ...outcome, isCut: true };
  }
  return parseWhole(schema, value, true);
}

type Definition = core.$ZodTypes['_zod']['def'];

/** Both sides of an intersection, what a lazy schema stands for, the option that a discriminator names. */
function findRequired(def: Definition, value: unknown): readonly core.$ZodType[] | undefined {
  if (def.type === 'intersection') return [def.left, def.right];
  if (def.type === 'lazy') return [def.getter()];
  if (def.type !== 'union' || !('discriminator' in def) || !isRecord(value)) return undefined;
  const name = def.discriminator as string;
  const option = def.options.find((one) => {
    const { def: inner } = (one as core.$ZodTypes)._zod;
    return inner.type === 'object' && core.safeParse(inner.shape[name] as core.$ZodType, value[name]).success;
  });
  return option && [option];
}

interface Inner {
  readonly key: 'in' | 'innerType';
  readonly schema: core.$ZodType;
}

const wrappers: readonly string[] = [
  'optional',
  'nullable',
  'default',
  'prefault',
  'nonoptional',
  'readonly',
];

/** What is inside of `.optional()`, `.transform(...)`, `.pipe(...)` and their like. */
function findInner(def: Definition): Inner | undefined {
  if (def.type === 'pipe') return { key: 'in', schema: def.in };
  return wrappers.includes(def.type) && 'innerType' in def
    ? { key: 'innerType', schema: def.innerType }
    : undefined;
}

/** What is inside, and then the rest with what came of it. */
function parseWrapped(schema: core.$ZodType, inner: Inner, value: unknown, walk: Walk): Outcome<unknown> {
  const outcome = parse(inner.schema, value, walk);
  return outcome.success ? parseRest(schema, { [inner.key]: anything }, outcome.data) : outcome;
}

const anything = new core.$ZodAny({ type: 'any' });

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function hasNoChecks({ _zod: { def } }: core.$ZodType): boolean {
  return (def.checks?.length ?? 0) === 0;
}
