/** Reads docs/errors.md, which the build puts beside the program: what each code of optml means, and what to do. */

import { readFile } from 'node:fs/promises';
import { errorCodesPage } from '../templates.ts';

/** One row of the page. */
export interface ErrorCode {
  /** The package that has the code, or `optml`. */
  readonly owner: string;
  readonly code: string;
  readonly meaning: string;
  readonly fix: string;
}

/** Every row of every table. */
export async function readErrorCodes(): Promise<readonly ErrorCode[]> {
  return parseErrorCodes(await readFile(errorCodesPage, 'utf8'));
}

/** What to do about an error of `owner`, as text; `undefined` where the page says that there is nothing to do. */
export async function findHint(code: string, owner = 'optml'): Promise<string | undefined> {
  const row = (await readErrorCodes()).find(
    (candidate) => candidate.owner === owner && candidate.code === code,
  );
  const fix = row?.fix.replaceAll('`', '');
  return fix === '' || fix === 'nothing' ? undefined : fix;
}

function parseErrorCodes(markdown: string): readonly ErrorCode[] {
  const sections = markdown.split(/^## /m).slice(1);
  return sections.flatMap((section) => {
    const owner = section.slice(0, section.indexOf('\n'));
    const rows = section.matchAll(/^\| `([A-Z0-9_]+)` \| (.+?) \| ?(.*?) ?\|$/gm);
    return [...rows].map(([, code = '', meaning = '', fix = '']) => ({ owner, code, meaning, fix }));
  });
}
