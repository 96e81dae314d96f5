/** Translates what building an image throws into the errors of the command line. */

import { ImageError } from '@optml/image';
import { CliError } from '../errors.ts';

/** Runs `work`. @throws CliError in place of an ImageError */
export async function translateImageErrors<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if ((error as Error)?.name === 'AbortError') {
      throw new CliError('IMAGE_NOT_BUILT', 'the image was not built: it was stopped from the terminal', {
        cause: error,
      });
    }
    if (!(error instanceof ImageError)) throw error;
    const { code, message, path } = error;
    const facts = { cause: code, path };
    const advice = code === 'REGISTRY_UNREACHABLE' ? ', or build without a base image (--base scratch)' : '';
    throw new CliError(codeFor(code), `${message}${advice}`, { facts, cause: error });
  }
}

const isMistyped = /^(?:PLATFORM_INVALID|REFERENCE_INVALID|OUTPUT_OCCUPIED)$/;

function codeFor(code: ImageError['code']): CliError['code'] {
  if (isMistyped.test(code)) return 'USAGE';
  if (code === 'BASE_NOT_FOUND' || code === 'PLATFORM_MISSING') return 'BASE_UNUSABLE';
  return code === 'BUILD_INVALID' ? 'PROJECT_INVALID' : 'IMAGE_NOT_BUILT';
}
