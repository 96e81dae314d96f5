/** docs/errors.md and the code know the same error codes. */

import { readFile } from 'node:fs/promises';
import { bundleErrorCodes } from '@optml/bundle';
import { codecErrorCodes } from '@optml/codecs';
import { contractErrorCodes } from '@optml/contract/errors';
import { ecrErrorCodes } from '@optml/ecr';
import { imageErrorCodes } from '@optml/image';
import { serveErrorCodes } from '@optml/serve';
import { trainErrorCodes } from '@optml/train';
import { expect, test } from 'vitest';
import { cliErrorCodes } from '../src/errors.ts';

const document = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

/** The codes in the table below each heading. */
const documented = new Map(
  document
    .split(/^## /m)
    .slice(1)
    .map((section) => [
      section.slice(0, section.indexOf('\n')),
      [...section.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, code]) => code as string),
    ]),
);

test.each<[string, readonly string[]]>([
  ['@optml/contract', contractErrorCodes],
  ['@optml/codecs', codecErrorCodes],
  ['@optml/train', trainErrorCodes],
  ['@optml/serve', serveErrorCodes],
  ['@optml/image', imageErrorCodes],
  ['@optml/ecr', ecrErrorCodes],
  ['@optml/bundle', bundleErrorCodes],
  ['optml', cliErrorCodes],
])('the codes of %s are those that docs/errors.md explains', (heading, codes) => {
  expect([...(documented.get(heading) ?? [])].sort()).toEqual([...codes].sort());
});

test('docs/errors.md has no table that no code belongs to', () => {
  expect([...documented.keys()]).toEqual([
    '@optml/contract',
    '@optml/codecs',
    '@optml/train',
    '@optml/serve',
    '@optml/image',
    '@optml/ecr',
    '@optml/bundle',
    'optml',
  ]);
});
