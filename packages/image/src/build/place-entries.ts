/** Finds the place of each entry in what lies below it, as `COPY` does: through links, without touching folders that exist. */

import { posix } from 'node:path';
import { ImageError } from '../errors.ts';
import type { FileTree } from '../layers/file-tree.ts';
import { type LayerEntry, sortEntries } from '../layers/layer-entry.ts';

/** What an image has so far. */
export interface Below {
  /** Its paths. */
  readonly tree: FileTree;
  /** What its own layers brought, by path; a file of them is not brought a second time. */
  readonly files: Map<string, LayerEntry>;
}

/**
 * Gives the entries of a layer on top of what is below, sorted: paths lead through its links, and the folders above each entry
 * are listed, those that exist with the mode and owner that they have.
 *
 * @throws ImageError `BUILD_INVALID` for an entry that would hide a folder, and for two in one place; `LAYER_INVALID`
 *   for links that lead in a circle.
 */
export function placeEntries(entries: readonly LayerEntry[], { tree, files }: Below): LayerEntry[] {
  const placed = new Map<string, Placed>();
  for (const entry of entries) {
    const path = tree.resolve(entry.path, { follow: entry.type === 'directory' });
    const there = tree.get(path);
    if (there?.type === 'directory') {
      if (entry.type === 'directory') continue;
      throw hidesFolder(entry, path);
    }
    if (there !== undefined && entry.type === 'directory') throw isFile(entry, path);
    if (hidesLinkedFolder(entry, path, tree)) throw hidesFolder(entry, tree.resolve(path, { follow: true }));
    const before = placed.get(path);
    if (before !== undefined && !isSame(before, entry)) throw isTaken(path, before, entry);
    placed.set(path, { ...entry, path, declared: entry.path });
  }
  for (const [path, entry] of placed) if (isThere(entry, files.get(path))) placed.delete(path);
  for (const entry of [...placed.values()]) addParents(placed, entry, tree);
  return sortEntries([...placed.values()].map(({ declared: _, ...entry }) => entry));
}

/** An entry at its place, with the path that it was declared with. */
interface Placed extends LayerEntry {
  readonly declared: string;
}

function isSame(left: LayerEntry, right: LayerEntry): boolean {
  if (left.type === 'directory') return right.type === 'directory';
  return left.type === right.type && left.content === right.content && left.linkTarget === right.linkTarget;
}

/** A link in the base to a folder counts as the folder, but for the same link once more. */
function hidesLinkedFolder({ type, linkTarget }: LayerEntry, path: string, tree: FileTree): boolean {
  const there = tree.get(path);
  if (type === 'directory' || there?.type !== 'symlink') return false;
  if (type === 'symlink' && linkTarget === there.linkTarget) return false;
  try {
    return tree.get(tree.resolve(path, { follow: true }))?.type === 'directory';
  } catch {
    // Links in a circle lead to no folder.
    return false;
  }
}

function isThere({ type, content, mode }: LayerEntry, before: LayerEntry | undefined): boolean {
  return type === 'file' && before?.type === 'file' && content === before.content && mode === before.mode;
}

function hidesFolder({ path, type }: LayerEntry, real: string): ImageError {
  const place = path === real ? `/${path}` : `/${path} (which is /${real})`;
  return new ImageError(
    'BUILD_INVALID',
    type === 'symlink'
      ? `cannot copy a link to ${place}, because it would hide that folder of the image: leave the link out, or change its target`
      : `cannot copy a file to ${place}, because it would hide that folder of the image: write /${path}/ to copy the file into it`,
    { path },
  );
}

function isFile({ path }: LayerEntry, real: string): ImageError {
  const place = path === real ? `/${path}` : `/${path} (which is /${real})`;
  return new ImageError(
    'BUILD_INVALID',
    `cannot copy a folder to ${place}, which is a file of the image: change its target`,
    { path },
  );
}

function isTaken(path: string, before: Placed, entry: LayerEntry): ImageError {
  return new ImageError(
    'BUILD_INVALID',
    before.declared === entry.path
      ? `two things would be copied to /${path}: change one of the targets`
      : `/${before.declared} and /${entry.path} are the same path in the image, /${path}, because the image has a link there: change one of the targets`,
    { path },
  );
}

function addParents(placed: Map<string, Placed>, { path, declared }: Placed, tree: FileTree): void {
  for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) {
    const own = placed.get(parent);
    const there = own ?? tree.get(parent);
    if (there !== undefined && there.type !== 'directory') {
      const what = there.type === 'symlink' ? 'link' : 'file';
      throw new ImageError(
        'BUILD_INVALID',
        own === undefined
          ? `/${declared} would be in /${parent}, which is a ${what} of the image: change its target`
          : `/${declared} would be in /${parent}, which is a ${what}: change one of the targets`,
        { path: declared },
      );
    }
    if (own !== undefined) continue;
    // An engine makes a folder that a layer has no entry for itself, and its mode and owner hide those from below.
    const { mode, uid = 0, gid = 0 } = there ?? { mode: 0o755 };
    placed.set(parent, { path: parent, type: 'directory', mode, size: 0, uid, gid, declared: parent });
  }
}
