/** Says of an error of a part of a larger body where in that body it is. */

import type { InvocationRequest } from '../invocation/invocation.ts';

/** Gives any other error as it is. Most servers never get a part. */
export async function placeInWhole(error: unknown, { part, body }: InvocationRequest): Promise<unknown> {
  if (part === undefined || !(body instanceof Uint8Array)) return error;
  const { placeError } = await import('../bodies/part-errors.ts');
  return placeError(error, part, body);
}
