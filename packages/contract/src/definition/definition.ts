/** How the default export of an author's module is known as a definition, also one that another copy of optml made. */

import leven from 'leven';

export type DefinitionKind = 'predictor' | 'training';

const key = Symbol.for('@optml/definition');

/** Marks a copy of `definition` as one of `kind`; what is spread from it is one, too. */
export function markDefinition<Definition extends object>(
  kind: DefinitionKind,
  definition: Definition,
): Definition {
  return { ...definition, [key]: kind };
}

/** Tells whether `value` was marked as a definition of `kind`. */
export function isDefinition(value: unknown, kind: DefinitionKind): boolean {
  return readKind(value) === kind;
}

/** In edits: names of an author's own are hardly as near to one that the toolkit knows. */
const maximumEdits = 2;

/**
 * Says which member is probably one of `known` misspelt, and would be ignored in silence, such as
 * `session is unknown: did you mean sessions?`. Members of an author's own may have any other name.
 */
export function findMisspelling(members: object, known: readonly string[]): string | undefined {
  const missing = known.filter((name) => (members as Readonly<Record<string, unknown>>)[name] === undefined);
  for (const name of Object.keys(members)) {
    if (known.includes(name)) continue;
    const meant = missing.find(
      (one) => one.length > maximumEdits * 2 && leven(name.toLowerCase(), one.toLowerCase()) <= maximumEdits,
    );
    if (meant !== undefined) return `${name} is unknown: did you mean ${meant}?`;
  }
  return undefined;
}

/** Says what a module exports by default, such as `its default export is a function`. */
export function describeDefaultExport(module: { readonly default?: unknown }): string {
  return 'default' in module ? `its default export is ${name(module.default)}` : 'it has no default export';
}

function name(value: unknown): string {
  const kind = readKind(value);
  if (kind !== undefined) return `a ${kind} definition`;
  if (value instanceof Promise) return 'a promise: await it';
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  const members = Object.keys(value);
  const shown = members.slice(0, 5).join(', ');
  return members.length === 0
    ? 'an empty object'
    : `an object with ${shown}${members.length > 5 ? ', ...' : ''}`;
}

function readKind(value: unknown): unknown {
  return (value as { readonly [key]?: unknown } | null | undefined)?.[key];
}
