/** Tells which files of a project's bundle are worth reading for what a start can leave out. */

import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Project } from './find-project.ts';

/** Matches the author's own modules and those of optml; of a project's folder all but its packages. */
export async function matchStartFiles({ directory }: Project, entrypoint: string): Promise<RegExp> {
  const folder = await realpath(directory);
  const names = (await readdir(folder)).filter((name) => !/^(?:\.|node_modules$|dist$)/.test(name));
  const own = names.map((name) => escapeText(join(folder, name)));
  // Each package is a folder beside the others, or lies in a folder of this name.
  const ours = [escapeText(`${dirname(entrypoint)}${sep}`), '[\\\\/]@optml[\\\\/]'];
  return new RegExp(`^(?:${[...own, ...ours.map((pattern) => `.*${pattern}`)].join('|')})`);
}

function escapeText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
