/** Finds packages that an author's module only resolves, to read one of their files. */

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findPackage, type InstalledPackage, packageName } from './installed-package.ts';
import type { Inputs } from './read-inputs.ts';
import { blankComments } from './source-text.ts';

const question = /\b(?:import\.meta|require)\.resolve\s*\(\s*["'`]([^"'`$]+)["'`]/g;

/** Packages in `import.meta.resolve('name/file')` and `require.resolve('name/file')`. */
export function findResolved({
  own,
}: Pick<Inputs, 'own'>): readonly { readonly installed: InstalledPackage; readonly reason: string }[] {
  return own.flatMap((file) =>
    [...blankComments(readFileSync(file, 'utf8')).matchAll(question)].flatMap(([, specifier = '']) => {
      const name = packageName(specifier);
      const installed = name === undefined ? undefined : findPackage(name, dirname(file));
      return installed === undefined ? [] : [{ installed, reason: `is looked up for its file ${specifier}` }];
    }),
  );
}
