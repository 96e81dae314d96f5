/** Says what is wrong with a value that a schema refused. */

import { describeIssue } from '@optml/contract';
import type { z } from 'zod';

/** Problems named one by one; the others are counted. */
const namedProblems = 5;

interface Faulty {
  readonly name: string;
  readonly value: unknown;
  /** True where there may be more issues than were found. */
  readonly isCut?: boolean;
}

/** Describes the first few issues, as in `instances[2][1] is "abc": expected number`. */
export function describeProblems(
  issues: readonly z.core.$ZodIssue[],
  { name, value, isCut = false }: Faulty,
): string {
  const lines = issues.slice(0, namedProblems).map((issue) => describe(issue, name, value));
  const others = issues.length - lines.length;
  if (others > 0) lines.push(isCut ? `and at least ${others} more` : `and ${others} more`);
  else if (isCut) lines.push('and perhaps more');
  return lines.join('; ');
}

function describe(issue: z.core.$ZodIssue, name: string, value: unknown): string {
  // Nobody reads bytes as text, least of all as the object that JSON makes of them.
  if (value instanceof Uint8Array) return `${name} is ${value.length} bytes: ${issue.message}`;
  try {
    const { path, value: part, expectation, message: described } = describeIssue(issue, value);
    const message = part instanceof Uint8Array ? `is ${part.length} bytes: ${expectation}` : described;
    return `${name}${path === '' || path.startsWith('[') ? path : `.${path}`} ${message}`;
  } catch {
    // A value that JSON cannot hold, or nested too deeply for it, cannot be quoted.
    return `${name} ${issue.message}`;
  }
}
