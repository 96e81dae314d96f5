/**
 * Finds the elements of lists of numbers that are none, before the schema does: it keeps some 300 bytes for every one of
 * them, and a body of a few megabytes may have millions.
 */

import type { z } from 'zod';
import { asPlainArray } from './takes-number-rows.ts';

/** More than a message can name, and few enough to keep. */
const maximumIssues = 1_000;

/** Gives the issues of the first wrong elements where there are more than a schema should be asked about. */
export function findWrongNumbers(schema: z.ZodType, value: unknown): z.core.$ZodIssue[] | undefined {
  const issues: z.core.$ZodIssue[] = [];
  const visit = (part: z.ZodType, inner: unknown, path: readonly number[]): void => {
    const element = asPlainArray(part);
    if (element !== undefined && Array.isArray(inner)) {
      for (let index = 0; index < inner.length && issues.length <= maximumIssues; index += 1) {
        if (typeof inner[index] !== 'number') visit(element, inner[index], [...path, index]);
      }
    } else if (isStrictNumber(part)) {
      for (const issue of part.safeParse(inner).error?.issues ?? [])
        issues.push({ ...issue, path: [...path] });
    }
  };
  visit(schema, value, []);
  return issues.length > maximumIssues ? issues : undefined;
}

function isStrictNumber({ def }: z.ZodType): boolean {
  return def.type === 'number' && (def as { readonly coerce?: boolean }).coerce !== true;
}
