/**
 * Holds instances against the author's schema. Where the schema says no, what had been read as a number is offered once
 * more as what the schema wants: as the text of a csv cell (`007` for a `z.string()`), or as a bigint.
 */

import type * as core from 'zod/v4/core';
import { type Coerce, type Outcome, parseInPieces } from './parse-in-pieces.ts';

/** Where a value is: keys from the whole to it. */
type Path = readonly PropertyKey[];

/** Gives the text that a number was read from; `undefined` where it had none. */
type ReadText = (place: Path) => string | undefined;

/** Parses the instances, which are changed where they are offered otherwise. */
export function parseCoerced<Input>(
  schema: core.$ZodType<Input>,
  instances: unknown,
  readText: ReadText = () => undefined,
): Outcome<Input> {
  const whole = { instances };
  const coerce: Coerce = (issues, path) => {
    let isCoerced = false;
    for (const { place, wanted } of issues.flatMap((issue) => findPlaces(issue, path))) {
      isCoerced =
        coerceAt(whole, ['instances', ...place], (value) =>
          wanted === 'string' ? toText(value, () => readText(place)) : toBigint(value),
        ) || isCoerced;
    }
    return isCoerced;
  };
  const first = parseInPieces(schema, instances, coerce);
  return !first.success && coerce(first.issues, []) ? parseInPieces(schema, whole.instances, coerce) : first;
}

/** Puts what `change` makes of the value in its place; false where it makes nothing of it. */
function coerceAt(whole: unknown, path: Path, change: (value: unknown) => unknown): boolean {
  const containers = path.slice(0, -1);
  const container = containers.reduce<unknown>(step, whole) as Record<PropertyKey, unknown> | undefined;
  const key = path.at(-1) ?? '';
  const changed = container === undefined ? undefined : change(container[key]);
  if (container === undefined || changed === undefined) return false;
  container[key] = changed;
  return true;
}

function step(value: unknown, key: PropertyKey): unknown {
  return (value as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key];
}

function toText(value: unknown, readText: () => string | undefined): string | undefined {
  return typeof value === 'number' ? readText() : undefined;
}

/** A longer one takes time that grows with its square. */
const maximumDigits = 1_000;

/** Of what is a whole number as it is spelled; a double spells those below 10^21 without an exponent. */
function toBigint(value: unknown): bigint | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const text = String(value).trim();
  return text.length <= maximumDigits && /^[+-]?\d+$/.test(text)
    ? BigInt(text.replace(/^\+/, ''))
    : undefined;
}

interface WantedPlace {
  readonly place: Path;
  readonly wanted: 'string' | 'bigint';
}

/** The places where an issue, or any branch of a union in it, would have taken text or a bigint: text, if it is both. */
function findPlaces(issue: core.$ZodIssue, prefix: Path): WantedPlace[] {
  const place = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union') {
    const places = issue.errors.flat().flatMap((inner) => findPlaces(inner, place));
    const texts = new Set(places.flatMap(({ place, wanted }) => (wanted === 'string' ? [place.join()] : [])));
    return places.filter(({ place, wanted }) => wanted === 'string' || !texts.has(place.join()));
  }
  const wanted = findWanted(issue);
  return wanted === undefined ? [] : [{ place, wanted }];
}

function findWanted(issue: core.$ZodIssue): 'string' | 'bigint' | undefined {
  if (issue.code === 'invalid_type') {
    if (issue.expected === 'string') return 'string';
    return issue.expected === 'bigint' ? 'bigint' : undefined;
  }
  const isText = issue.code === 'invalid_value' && issue.values.some((value) => typeof value === 'string');
  return isText ? 'string' : undefined;
}
