import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { EcrError } from '../errors.ts';
import { explainMissingProfile } from './missing-profile.ts';

const failure = new EcrError('CREDENTIALS_MISSING', 'no AWS credentials', { cause: new Error('of the SDK') });

async function makeProfile(name: string, files: { readonly config?: string; readonly credentials?: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'optml-profile-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  return { name, configFile: join(folder, 'config'), credentialsFile: join(folder, 'credentials') };
}

test('a profile that is in neither file is named, with both files and what to do', async () => {
  const profile = await makeProfile('iris', { config: '[profile other]\nregion = us-east-1\n[iris]\n' });

  const error = await explainMissingProfile(failure, profile);

  expect(error).toMatchObject({ code: 'CREDENTIALS_MISSING', cause: failure.cause });
  expect(error.message).toBe(
    `AWS_PROFILE names the profile "iris", which does not exist: there is neither [profile iris] in ${profile.configFile} nor [iris] in ${profile.credentialsFile} (no such file); correct the name, create the profile with "aws configure --profile iris", or unset AWS_PROFILE`,
  );
});

test('a file that cannot be read is said to be such a one', async () => {
  const profile = await makeProfile('iris', {});

  const error = await explainMissingProfile(failure, { ...profile, configFile: tmpdir() });

  expect(error.message).toContain(`in ${tmpdir()} (not readable: EISDIR) nor`);
});

test.each([
  ['iris', { config: '# mine\n [profile iris]\nregion = us-east-1\n' }],
  ['iris', { config: '[profile\t"iris"] # the team\n' }],
  ['two words', { config: '[profile two words]\n' }],
  ['iris', { config: '[default]\n', credentials: '[iris]\naws_access_key_id = A\n' }],
  ['default', { config: '[default]\n' }],
])('the error stays as it is where the profile %j is in %j', async (name, files) => {
  expect(await explainMissingProfile(failure, await makeProfile(name, files))).toBe(failure);
});

test('an error of another kind stays as it is', async () => {
  const denied = new EcrError('ACCESS_DENIED', 'you are not allowed');

  expect(await explainMissingProfile(denied, await makeProfile('iris', {}))).toBe(denied);
  expect(await explainMissingProfile(failure, undefined)).toBe(failure);
});
