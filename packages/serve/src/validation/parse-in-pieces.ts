/**
 * Holds values against schemas without keeping more problems than can be told. zod makes some 300 bytes of every problem,
 * and a body of a few megabytes may have millions: what is large is held against its schema piece by piece, until there
 * are enough of them. The result is the one that `safeParse` gives.
 */

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

function parse(schema: core.$ZodType, value: unknown, walk: Walk): Outcome<unknown> {
  if (ArrayBuffer.isView(value) && isObject(schema) && looksAtAllKeys(schema)) return refuseArray(value);
  if (isSmall(value)) return parseWhole(schema, value);
  if (Array.isArray(value) && isArray(schema)) return parseArray(schema, value, walk);
  if (Array.isArray(value) && isTuple(schema)) return parseTuple(schema, value, walk);
  if (isRecord(value) && isObject(schema)) return parseObject(schema, value, walk);
  if (isRecord(value) && isStrictRecord(schema)) return parseRecord(schema, value, walk);
  if (isUnion(schema)) return parseUnion(schema, value, walk);
  const required = findRequired(schema, value);
  if (required !== undefined) return parseRequired(schema, required, value, walk);
  const inner = findInner(schema);
  return inner === undefined ? parseWhole(schema, value, true) : parseWrapped(schema, inner, value, walk);
}

function parseWhole(schema: core.$ZodType, value: unknown, isLarge = false): Outcome<unknown> {
  // What zod's own `validate` sets: lists, objects and tuples end with the first of their parts that is wrong.
  const result = core.safeParse(schema, value, isLarge ? ({ abortEarly: true } as object) : undefined);
  return result.success ? result : { success: false, issues: result.error.issues, isCut: isLarge };
}

/** zod would take every element of a typed array for a member with a key of its own. */
function refuseArray(input: ArrayBufferView): Refusal {
  const issue: core.$ZodIssue = {
    code: 'invalid_type',
    expected: 'object',
    path: [],
    input,
    message: 'expected object',
  };
  return { success: false, issues: [issue], isCut: false };
}

function parseArray(schema: core.$ZodArray, value: readonly unknown[], walk: Walk): Outcome<unknown> {
  const element = schema._zod.def.element as core.$ZodType;
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
      for (const issue of outcome.issues) issues.push({ ...issue, path: [index, ...issue.path] });
      isCut ||= outcome.isCut;
    }
  }
  if (issues.length > 0) return { success: false, issues, isCut };
  if (hasNoChecks(schema)) return { success: true, data: parsed };
  return parseWhole(core.clone(schema, { ...schema._zod.def, element: anything }), parsed);
}

/** Tells the commonest parts that a schema takes as they are, of which a list may have a million. */
function chooseShortcut({ _zod: { def } }: core.$ZodType): (part: unknown) => boolean {
  if (isPlain(def, 'number')) return Number.isFinite;
  if (isPlain(def, 'string')) return (part) => typeof part === 'string';
  return isPlain(def, 'unknown') || isPlain(def, 'any') ? () => true : () => false;
}

/** One part of a list, and once more when it could be coerced. */
function parsePart(
  schema: core.$ZodType,
  value: readonly unknown[],
  index: number,
  walk: Walk,
): Outcome<unknown> {
  walk.path.push(index);
  const first = parse(schema, value[index], walk);
  const isCoerced = !first.success && walk.coerce(first.issues, walk.path);
  const outcome = isCoerced ? parse(schema, value[index], walk) : first;
  walk.path.pop();
  return outcome;
}

/** The large elements of a tuple and all behind its items by themselves, and then the tuple with what came of them. */
function parseTuple(schema: core.$ZodTuple, value: readonly unknown[], walk: Walk): Outcome<unknown> {
  const items = [...schema._zod.def.items] as core.$ZodType[];
  const rest = schema._zod.def.rest as core.$ZodType | null;
  const parsed = [...value];
  for (let index = 0; index < value.length; index += 1) {
    const part = items[index] ?? rest;
    if (part === null || (index < items.length && isSmall(value[index]))) continue;
    const outcome = parsePart(part, value, index, walk);
    if (!outcome.success) return refuseAt(index, outcome);
    parsed[index] = outcome.data;
    if (index < items.length) items[index] = anything;
  }
  const shape = { items, rest: rest === null ? null : anything } as Partial<typeof schema._zod.def>;
  return parseWhole(core.clone(schema, { ...schema._zod.def, ...shape }), parsed, true);
}

/** What is found of one part is told alone: there may be more in the others. */
function refuseAt(key: PropertyKey, { issues }: Refusal): Refusal {
  return {
    success: false,
    issues: issues.map((issue) => ({ ...issue, path: [key, ...issue.path] })),
    isCut: true,
  };
}

/** The large values of an object by themselves, and then the object with what came of them. */
function parseObject(
  schema: core.$ZodObject,
  value: Readonly<Record<string, unknown>>,
  walk: Walk,
): Outcome<unknown> {
  const shape = { ...schema._zod.def.shape } as Record<string, core.$ZodType>;
  const parsed = { ...value };
  for (const [key, part] of Object.entries(shape)) {
    if (!Object.hasOwn(value, key) || isSmall(value[key])) continue;
    walk.path.push(key);
    const outcome = parse(part, value[key], walk);
    walk.path.pop();
    if (!outcome.success) return refuseAt(key, outcome);
    parsed[key] = outcome.data;
    shape[key] = anything;
  }
  return parseWhole(core.clone(schema, { ...schema._zod.def, shape }), parsed, true);
}

/** Each entry of a record by itself, and then the whole, which has few issues left. */
function parseRecord(
  schema: core.$ZodRecord,
  value: Readonly<Record<string, unknown>>,
  walk: Walk,
): Outcome<unknown> {
  const { keyType, valueType } = schema._zod.def;
  // With keys that must all be there, one entry alone is never right.
  const entry =
    keyType._zod.values === undefined ? core.clone(schema, { ...schema._zod.def, checks: [] }) : undefined;
  for (const [key, part] of Object.entries(value)) {
    walk.path.push(key);
    const isLarge = !isSmall(part);
    const large = isLarge ? parse(valueType as core.$ZodType, part, walk) : undefined;
    walk.path.pop();
    if (large?.success === false) return refuseAt(key, large);
    const small = isLarge || entry === undefined ? undefined : parseWhole(entry, { [key]: part });
    if (small?.success === false) return { ...small, isCut: true };
  }
  return parseWhole(schema, value, true);
}

function parseUnion(schema: core.$ZodUnion, value: unknown, walk: Walk): Outcome<unknown> {
  const errors: core.$ZodIssue[][] = [];
  for (const option of schema._zod.def.options) {
    const outcome = parse(option as core.$ZodType, value, walk);
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

interface Inners {
  readonly type: string;
  readonly left?: core.$ZodType | undefined;
  readonly right?: core.$ZodType | undefined;
  readonly getter?: (() => core.$ZodType) | undefined;
}

/** Both sides of an intersection, what a lazy schema stands for, the option that a discriminator names. */
function findRequired(
  { _zod: { def } }: core.$ZodType,
  value: unknown,
): readonly core.$ZodType[] | undefined {
  const { type, left, right, getter } = def as Inners;
  if (type === 'intersection' && left !== undefined && right !== undefined) return [left, right];
  if (type === 'lazy' && getter !== undefined) return [getter()];
  return isRecord(value) ? findOption(def, value) : undefined;
}

function findOption(def: unknown, value: Readonly<Record<string, unknown>>): [core.$ZodType] | undefined {
  const { discriminator, options } = def as Partial<core.$ZodDiscriminatedUnionDef<core.$ZodType[]>>;
  if (discriminator === undefined || options === undefined) return undefined;
  const fits = (one: core.$ZodType) =>
    isObject(one) &&
    core.safeParse(one._zod.def.shape[discriminator] as core.$ZodType, value[discriminator]).success;
  const option = options.find(fits);
  return option === undefined ? undefined : [option];
}

/** What is inside, and then the rest with what came of it: `.optional()`, `.transform(...)`, `.pipe(...)` and their like. */
function parseWrapped(schema: core.$ZodType, inner: Inner, value: unknown, walk: Walk): Outcome<unknown> {
  const outcome = parse(inner.schema, value, walk);
  if (!outcome.success) return outcome;
  const outer = core.clone(schema, { ...schema._zod.def, [inner.key]: anything } as typeof schema._zod.def);
  return parseWhole(outer, outcome.data, true);
}

interface Inner {
  readonly key: 'in' | 'innerType';
  readonly schema: core.$ZodType;
}

function findInner({ _zod: { def } }: core.$ZodType): Inner | undefined {
  const {
    type,
    in: first,
    innerType,
  } = def as {
    readonly type: string;
    readonly in?: core.$ZodType | undefined;
    readonly innerType?: core.$ZodType | undefined;
  };
  if (type === 'pipe' && first !== undefined) return { key: 'in', schema: first };
  const passes = ['optional', 'nullable', 'default', 'prefault', 'nonoptional', 'readonly'].includes(type);
  return passes && innerType !== undefined ? { key: 'innerType', schema: innerType } : undefined;
}

const anything = new core.$ZodAny({ type: 'any' });

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isArray(schema: core.$ZodType): schema is core.$ZodArray {
  return schema._zod.def.type === 'array';
}

function isObject(schema: core.$ZodType): schema is core.$ZodObject {
  return schema._zod.def.type === 'object';
}

/** True for strict and for loose objects, and those with a schema for members that they do not name. */
function looksAtAllKeys({ _zod: { def } }: core.$ZodObject): boolean {
  return def.catchall !== undefined;
}

function isTuple(schema: core.$ZodType): schema is core.$ZodTuple {
  return schema._zod.def.type === 'tuple';
}

/** Not of those that pass on what has other keys. */
function isStrictRecord(schema: core.$ZodType): schema is core.$ZodRecord {
  const { type, mode } = schema._zod.def as { readonly type: string; readonly mode?: string };
  return type === 'record' && mode !== 'loose';
}

/** Not of those that look at a property first, or want exactly one option to fit. */
function isUnion(schema: core.$ZodType): schema is core.$ZodUnion {
  const { type, discriminator, inclusive } = schema._zod.def as {
    readonly type: string;
    readonly discriminator?: string | undefined;
    readonly inclusive?: boolean | undefined;
  };
  return type === 'union' && discriminator === undefined && inclusive !== false;
}

function hasNoChecks({ _zod: { def } }: core.$ZodType): boolean {
  return (def.checks?.length ?? 0) === 0;
}
