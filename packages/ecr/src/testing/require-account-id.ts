/** Checks accounts in the parameters of a request. */

import { EcrFailure } from './ecr-failure.ts';

/** The account, or ECR's message for one that is not twelve digits. */
export function requireAccountId(value: unknown, parameter: string): string {
  if (typeof value === 'string' && /^\d{12}$/.test(value)) return value;
  throw new EcrFailure(
    'InvalidParameterException',
    `Invalid parameter at '${parameter}' failed to satisfy constraint: 'must satisfy regular expression '[0-9]{12}'': '${value}'`,
  );
}
