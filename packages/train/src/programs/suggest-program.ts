/** Finds the file that was probably meant where there is none of the name that a job gives. */

import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { findClosest } from '../hyperparameters/suggest-name.ts';
import { identifyProgram } from './create-program-command.ts';

/** How many files and folders of a source are looked at. */
const entriesTried = 5_000;
const filesListed = 20;
/** What lies in them is nobody's program. */
const skippedDirectories = /^(\..*|node_modules|__pycache__|site-packages|__MACOSX)$/;

/** Completes "there is no program x": `: did you mean src/train.py?`, or the files that there are; paths below the folders. */
export async function suggestProgram(name: string, directories: readonly string[]): Promise<string> {
  const files = [...new Set((await Promise.all(directories.map(listFiles))).flat())];
  const meant = findMeant(name, files);
  if (meant.length > 0) return `: did you mean ${meant.join(' or ')}?`;
  return files.length === 0 ? '' : `: there are ${files.slice(0, filesListed).join(', ')}`;
}

/** Lists the files that a folder, or one in it, has and that look like programs; else all of them. */
export async function listPrograms(directory: string): Promise<readonly string[]> {
  const files = await listFiles(directory);
  const programs = files.filter((file) => identifyProgram(file) !== 'executable');
  return programs.length > 0 ? programs : files;
}

function findMeant(name: string, files: readonly string[]): readonly string[] {
  const lower = (text: string) => text.toLowerCase();
  const file = basename(name);
  const likenesses: readonly ((path: string) => boolean)[] = [
    (path) => basename(path) === file,
    (path) => lower(basename(path)) === lower(file),
    (path) => lower(readStem(path)) === lower(readStem(file)),
  ];
  for (const isAlike of likenesses) {
    const alike = files.filter(isAlike);
    if (alike.length > 0) return alike.slice(0, 3);
  }
  const names = files.map((path) => basename(path));
  const closest = findClosest(name, files) ?? findClosest(file, names);
  return files.filter((path) => path === closest || basename(path) === closest).slice(0, 1);
}

function readStem(path: string): string {
  return basename(path, extname(path));
}

/** Paths below the folder, those with the fewest folders first; what cannot be read has none. */
async function listFiles(directory: string): Promise<readonly string[]> {
  const files: string[] = [];
  let level = [''];
  for (let entries = 0; level.length > 0 && entries < entriesTried; ) {
    const next: string[] = [];
    for (const parent of level) {
      const found = await readdir(join(directory, parent), { withFileTypes: true }).catch((): Dirent[] => []);
      entries += found.length;
      for (const entry of found.sort((left, right) => (left.name < right.name ? -1 : 1))) {
        const path = join(parent, entry.name);
        if (entry.isFile()) files.push(path);
        else if (entry.isDirectory() && !skippedDirectories.test(entry.name)) next.push(path);
      }
    }
    level = next;
  }
  return files;
}
