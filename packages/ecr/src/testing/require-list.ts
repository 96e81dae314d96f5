/** Checks lists in the parameters of a request. */

import { EcrFailure } from './ecr-failure.ts';

/** The list that a request must have, with 1 to `most` items. */
export function requireList<Item>(
  input: Readonly<Record<string, unknown>>,
  name: string,
  most: number,
): readonly Item[] {
  const value = input[name];
  if (Array.isArray(value) && value.length > 0 && value.length <= most) return value;
  throw new EcrFailure(
    'InvalidParameterException',
    `Invalid parameter at '${name}' failed to satisfy constraint: 'Member must have length between 1 and ${most}'`,
  );
}
