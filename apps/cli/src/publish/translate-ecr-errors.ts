/** Says in the words of the command line what an error of the publisher or of an image means. */

import { EcrError, type EcrErrorCode } from '@optml/ecr';
import { ImageError } from '@optml/image';
import { CliError, type CliErrorCode } from '../errors.ts';

/** Runs `work`; an error of it gets the code `failed`, or that of a wrong command line. The reason's own code is `cause`. */
export async function translateEcrErrors<Value>(
  failed: CliErrorCode,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EcrError) {
      const code = usageCodes.has(error.code) ? 'USAGE' : failed;
      throw new CliError(code, error.message, { facts: { cause: error.code, ...error.facts }, cause: error });
    }
    if (!(error instanceof ImageError)) throw error;
    const { code, message, path, digest } = error;
    const facts = {
      cause: code,
      ...(path !== undefined && { path }),
      ...(digest !== undefined && { digest }),
    };
    throw new CliError(usageImageCodes.has(code) ? 'USAGE' : failed, message, { facts, cause: error });
  }
}

const usageCodes: ReadonlySet<EcrErrorCode> = new Set([
  'REGION_MISSING',
  'REPOSITORY_INVALID',
  'TAG_INVALID',
]);
const usageImageCodes: ReadonlySet<ImageError['code']> = new Set(['PLATFORM_INVALID', 'REFERENCE_INVALID']);
