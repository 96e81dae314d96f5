/** Checks texts in the parameters of a request that have to be JSON. */

import { EcrFailure } from './ecr-failure.ts';

/** The text, or ECR's message for one that is not JSON. */
export function requireJson(text: unknown, parameter: string): string {
  try {
    JSON.parse(String(text));
    return String(text);
  } catch {
    throw new EcrFailure('InvalidParameterException', `Invalid parameter at '${parameter}': Invalid JSON`);
  }
}
