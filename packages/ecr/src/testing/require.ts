/** Checks the parameters of a request, with ECR's messages for what does not fit. */

import { EcrFailure } from './ecr-failure.ts';

/** What ECR answers to a parameter that it does not take. */
export function invalidParameter(parameter: string, why: string): EcrFailure {
  return new EcrFailure(
    'InvalidParameterException',
    `Invalid parameter at '${parameter}' failed to satisfy constraint: '${why}'`,
  );
}

/** An account: twelve digits. */
export function requireAccountId(value: unknown, parameter: string): string {
  if (typeof value === 'string' && /^\d{12}$/.test(value)) return value;
  throw invalidParameter(parameter, `must satisfy regular expression [0-9]{12}: ${value}`);
}

/** A text that is JSON. */
export function requireJson(text: unknown, parameter: string): string {
  try {
    JSON.parse(String(text));
    return String(text);
  } catch {
    throw invalidParameter(parameter, 'Invalid JSON');
  }
}

/** A list that the request must have, with 1 to `most` items. */
export function requireList<Item>(
  input: Readonly<Record<string, unknown>>,
  name: string,
  most: number,
): readonly Item[] {
  const value = input[name];
  if (Array.isArray(value) && value.length > 0 && value.length <= most) return value;
  throw invalidParameter(name, `Member must have length between 1 and ${most}`);
}
