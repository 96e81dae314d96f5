/** Tells a profile that does not exist from credentials that do not: the SDK passes over such a name without a word. */

import { readFile } from 'node:fs/promises';
import { EcrError } from '../errors.ts';

/** A profile that the user asked for, and where the SDK looks for it. */
export interface NamedProfile {
  readonly name: string;
  readonly configFile: string;
  readonly credentialsFile: string;
}

/** Gives the error, or one that says that the profile is in neither file. */
export async function explainMissingProfile(
  error: EcrError,
  profile: NamedProfile | undefined,
): Promise<EcrError> {
  const mayBeProfile = error.code === 'CREDENTIALS_MISSING' || error.code === 'REGION_MISSING';
  if (profile === undefined || !mayBeProfile) return error;
  const { name, configFile, credentialsFile } = profile;
  const places = [
    { file: configFile, section: name === 'default' ? name : `profile ${name}` },
    { file: credentialsFile, section: name },
  ];
  const found = await Promise.all(places.map(lookFor));
  if (found.includes('there')) return error;
  const looked = places.map(({ file, section }, index) => `[${section}] in ${file}${found[index]}`);
  return new EcrError(
    'CREDENTIALS_MISSING',
    `AWS_PROFILE names the profile "${name}", which does not exist: there is neither ${looked.join(' nor ')}; correct the name, create the profile with "aws configure --profile ${name}", or unset AWS_PROFILE`,
    { cause: error.cause, region: error.region },
  );
}

/** Gives `there`, or what is to be said of the file beside its name. */
async function lookFor({ file, section }: { readonly file: string; readonly section: string }) {
  try {
    const text = await readFile(file, 'utf8');
    const headings = [...text.matchAll(/^\s*\[([^\]\n]*)\]/gm)].map(([, heading = '']) => toPlain(heading));
    return headings.includes(toPlain(section)) ? 'there' : '';
  } catch (error) {
    // An error of the file system is the finding itself.
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? ' (no such file)' : ` (not readable: ${code})`;
  }
}

/** Spaces and quotes around a name do not count, for example `[profile "iris"]`. */
function toPlain(heading: string): string {
  return heading.trim().replace(/\s+/, ' ').replaceAll(/["']/g, '');
}
