/** Makes a repository by a push: ECR does that where a repository creation template for CREATE_ON_PUSH covers its name. */

import { EcrError } from '../errors.ts';

/**
 * Pushes, because CreateRepository was denied.
 *
 * @throws EcrError `ACCESS_DENIED` that names both ways to a repository, when the push made none; or what the push throws
 */
export async function createByPush(push: () => Promise<unknown>, denied: EcrError): Promise<void> {
  try {
    await push();
  } catch (cause) {
    const outcome = describeRefusal(cause);
    if (outcome === undefined) throw cause;
    const { message, region, repository, action, resource } = denied;
    throw new EcrError(
      'ACCESS_DENIED',
      `${message}; or have a repository creation template for CREATE_ON_PUSH made that covers "${repository}", so that a push makes the repository: this push ${outcome}`,
      { cause, region, repository, action, resource },
    );
  }
}

interface PushFailure extends Error {
  readonly code?: string | undefined;
  readonly registryCode?: string | undefined;
  readonly cause?: PushFailure | undefined;
}

/** What became of the push, unless it failed for reasons of its own. */
function describeRefusal(error: unknown): string | undefined {
  const { code, registryCode, cause, message } = error as PushFailure;
  if (code === 'REPOSITORY_MISSING' || registryCode === 'NAME_UNKNOWN') return 'did not make it';
  if (code === 'ACCESS_DENIED' || code === 'REGISTRY_DENIED') return `was denied, too (${message})`;
  return code === 'UPLOAD_FAILED' && cause !== undefined ? describeRefusal(cause) : undefined;
}
