/** Tells by their names which files of a model belong to a desktop, and which lead out of its folder. */

import { posix } from 'node:path';

/** Tells whether a path is something that macOS or Windows leaves beside the files of a person. */
export function isDesktopFile(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('._') || desktopNames.has(part));
}

const desktopNames = new Set(['.DS_Store', '__MACOSX', 'Thumbs.db', 'desktop.ini']);

/** The path from the top folder, without `./` and a `/` at its end, or `undefined` when it leads out of it. */
export function resolveInside(path: string): string | undefined {
  const plain = posix.normalize(path).replace(/(?<=.)\/$/, '');
  return plain.startsWith('/') || plain === '..' || plain.startsWith('../') ? undefined : plain;
}

/** Where a symbolic link of an archive leads, in the form of `resolveInside`. */
export function resolveLink(path: string, target: string): string | undefined {
  return target.startsWith('/') ? undefined : resolveInside(posix.join(posix.dirname(path), target));
}

/** As many links in a row as Linux follows. */
const linkLimit = 40;

/**
 * Where `path` leads when the links on its way are followed; `links` has the resolved target of each. A circle of links
 * ends at one of them.
 */
export function followLinks(path: string, links: ReadonlyMap<string, string>): string {
  let current = path;
  for (let followed = 0; followed < linkLimit; followed++) {
    const parts = current.split('/');
    const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    const link = prefixes.find((prefix) => links.has(prefix));
    if (link === undefined) return current;
    current = posix.join(links.get(link) ?? '', current.slice(link.length));
  }
  return current;
}
