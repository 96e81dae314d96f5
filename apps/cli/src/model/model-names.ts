/** What names of a model's files say: which belong to a desktop and not to a model, and which lead out of its folder. */

import { posix } from 'node:path';

/** Tells whether a path is something that macOS or Windows leaves beside the files of a person. */
export function isDesktopFile(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('._') || desktopNames.has(part));
}

const desktopNames = new Set(['.DS_Store', '__MACOSX', 'Thumbs.db', 'desktop.ini']);

/** The path from the top folder, without `./`, or `undefined` when it leads out of it. */
export function resolveInside(path: string): string | undefined {
  const plain = posix.normalize(path);
  return plain.startsWith('/') || plain === '..' || plain.startsWith('../') ? undefined : plain;
}

/** Where a symbolic link of an archive leads to, as `resolveInside` says it. */
export function resolveLink(path: string, target: string): string | undefined {
  return target.startsWith('/') ? undefined : resolveInside(posix.join(posix.dirname(path), target));
}
