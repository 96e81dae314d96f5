/** Says in the words of the command line what an error of the publisher or of an image means. */

import { EcrError } from '@optml/ecr';
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
    if (!(error instanceof EcrError || error instanceof ImageError)) throw error;
    const { code, message } = error;
    const facts = { ...listFacts(error), cause: code };
    throw new CliError(usageCodes.has(code) ? 'USAGE' : failed, message, { facts, cause: error });
  }
}

/** What else an error knows that concerns a person. */
function listFacts(error: EcrError | ImageError): CliError['facts'] {
  if (error instanceof ImageError) return { path: error.path, digest: error.digest };
  const { region, repository, tag, digest, action, resource } = error;
  return { region, repository, tag, digest, action, resource };
}

const usageCodes: ReadonlySet<string> = new Set([
  'PLATFORM_INVALID',
  'REFERENCE_INVALID',
  'REGION_INVALID',
  'REGION_MISSING',
  'REPOSITORY_INVALID',
  'TAG_INVALID',
]);
