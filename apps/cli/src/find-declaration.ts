/** Finds what a project says of itself: a field of `optml` in the nearest package.json that has it. */

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError } from './errors.ts';
import type { Surroundings } from './surroundings.ts';

/** A field, and the folder of the package.json that has it. */
export interface Declaration<Value> {
  readonly value: Value;
  readonly folder: string;
}

/** What a package.json may say, and how it can be said without one. */
const fields = {
  command: 'give the command after --',
  image: 'run optml build in another folder',
  training: 'give the module as --module FILE',
};

/**
 * Searches from the current folder upwards, then from the CLI's own file upwards. `read` gets the field's
 * value and the package.json's path, and refuses a value that is none.
 *
 * @throws CliError `PROJECT_INVALID` for a package.json that is not JSON, or what `read` throws.
 */
export async function findDeclaration<Value>(
  field: keyof typeof fields,
  read: (value: unknown, file: string) => Value,
  { workingDirectory, programFile }: Pick<Surroundings, 'workingDirectory' | 'programFile'>,
): Promise<Declaration<Value> | undefined> {
  for (const folder of [
    ...listFoldersUpwards(workingDirectory),
    ...listFoldersUpwards(dirname(programFile)),
  ]) {
    const file = join(folder, 'package.json');
    const value = (await readManifest(file, fields[field]))?.optml?.[field];
    if (value !== undefined) return { value: read(value, file), folder };
  }
  return undefined;
}

function* listFoldersUpwards(start: string): Generator<string> {
  let folder = start;
  for (; folder !== dirname(folder); folder = dirname(folder)) yield folder;
  yield folder;
}

type Manifest = { readonly optml?: Readonly<Record<string, unknown>> } | null | undefined;

async function readManifest(file: string, otherWay: string): Promise<Manifest> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError(
      'PROJECT_INVALID',
      `${file} is not JSON: ${(cause as Error).message}; mend it, or ${otherWay}`,
      { cause },
    );
  }
}
