/** Checks names of repositories and tags before a request carries them. */

import { EcrError } from '../errors.ts';

/**
 * Refuses a name that CreateRepository would refuse, and says why.
 *
 * @throws EcrError `REPOSITORY_INVALID`
 */
export function assertRepositoryName(name: string): void {
  const pattern = /^(?:[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*\/)*[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
  if (name.length >= 2 && name.length <= 256 && pattern.test(name)) return;
  throw new EcrError(
    'REPOSITORY_INVALID',
    `"${name}" is not a valid repository name: 2 to 256 lower-case letters and digits, joined by one of . _ - /, for example team/iris`,
    { repository: name },
  );
}

/** Refuses what is not a tag. @throws EcrError `TAG_INVALID` */
export function assertTag(tag: string): void {
  if (/^[A-Za-z0-9_][\w.-]{0,127}$/.test(tag)) return;
  throw new EcrError(
    'TAG_INVALID',
    `"${tag}" is not a valid tag: use 1 to 128 letters, digits and _ . -, and do not begin with . or -`,
    { tag },
  );
}
