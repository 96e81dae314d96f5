/** Lists what a layer is to hold: files of this machine, at their places in the image, with one mode and order everywhere. */

import type { Stats } from 'node:fs';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { basename, join, posix, relative, sep } from 'node:path';
import { ImageError } from '../errors.ts';
import { orFileFault } from '../files/file-fault.ts';
import { type LayerEntry, sortEntries } from '../layers/layer-entry.ts';
import { isBuiltArchive, isBuiltLayout, isUnfinished, layoutNames } from './earlier-image.ts';
import type { IgnoreRules } from './read-ignore-file.ts';

/** A file or folder to copy, as a `COPY` of a Dockerfile does. */
export interface FileSource {
  /** An absolute path. The content of a folder is copied, not the folder itself. */
  readonly from: string;
  /** An absolute path in the image; one that ends with a slash is a folder to copy into. */
  readonly to: string;
  /** The mode of files; default 0644, or 0755 for one that its owner may execute. */
  readonly mode?: number | undefined;
  /** Nobody has named it: a pattern matched it. It is left out like anything else that is found; default false. */
  readonly isFound?: boolean | undefined;
}

/** What may change what is found. */
export interface CollectOptions {
  /** Applied to paths below its folder. */
  readonly ignore?: IgnoreRules | undefined;
  /** Tells whether to leave a path out; asked for folders first. */
  readonly isLeftOut?: ((file: string, type: LayerEntry['type']) => boolean | Promise<boolean>) | undefined;
  /**
   * Called with each OCI layout or archive of images that optml has built, and each file of a build that was killed:
   * they are left out, but for one that a source names itself.
   */
  readonly onEarlierImage?: ((file: string) => void) | undefined;
}

/**
 * Lists what is to be copied where, sorted, before anything is known of what is there: folders above a target are not
 * listed.
 *
 * @throws ImageError `FILE_UNREADABLE`, `BUILD_INVALID` for what no image can hold, `LAYER_PATH_UNSAFE`
 */
export async function collectFiles(
  sources: readonly FileSource[],
  options: CollectOptions = {},
): Promise<readonly LayerEntry[]> {
  const entries = new Map<string, LayerEntry>();
  for (const source of sources) {
    // Follows a link, as `COPY` does for what it is given by name.
    const stats = await orFileFault(
      stat(source.from),
      'FILE_UNREADABLE',
      'copy a file into the image',
      source.from,
    );
    const target = toImagePath(source.to);
    if (source.isFound === true && (await isSourceLeftOut(source.from, stats, options))) continue;
    if (stats.isDirectory()) {
      if (target !== '') addEntry(entries, { path: target, type: 'directory', mode: 0o755, size: 0 });
      await collectFolder({ source, target, folder: source.from, options, entries });
    } else {
      const path = source.to.endsWith('/') ? posix.join(target, basename(source.from)) : target;
      addFile(entries, { path, file: source.from, stats, mode: source.mode });
    }
  }
  return sortEntries(entries.values());
}

async function isSourceLeftOut(file: string, stats: Stats, options: CollectOptions): Promise<boolean> {
  const isFolder = stats.isDirectory();
  if (await options.isLeftOut?.(file, isFolder ? 'directory' : 'file')) return true;
  if (isFolder || !(isUnfinished(basename(file)) || (await isBuiltArchive(file, stats.size)))) return false;
  options.onEarlierImage?.(file);
  return true;
}

interface Folder {
  readonly source: FileSource;
  /** Of the whole source, in the image. */
  readonly target: string;
  readonly folder: string;
  readonly options: CollectOptions;
  readonly entries: Map<string, LayerEntry>;
}

/** Tells whether the folder has nothing in it but what builds wrote: then a build has made it, too. */
async function collectFolder(place: Folder): Promise<boolean> {
  const { source, target, entries } = place;
  const { children, earlier, isAll } = await listChildren(place);
  // All at once: one after the other, each waits for a thread.
  const allStats = await Promise.all(
    children.map(({ file, type }) =>
      type === 'file'
        ? orFileFault(lstat(file), 'FILE_UNREADABLE', 'read a file for the image', file)
        : undefined,
    ),
  );
  let images = earlier;
  for (const [index, { file, type, isIgnored }] of children.entries()) {
    const path = posix.join(target, relative(source.from, file).split(sep).join('/'));
    const stats = allStats[index] as Stats;
    if (type === 'directory') {
      if (await collectFolder({ ...place, folder: file })) images += 1;
      else if (!isIgnored) addEntry(entries, { path, type, mode: 0o755, size: 0 });
    } else if (type === 'symlink') await addLink(entries, { path, file, root: source.from });
    else if (await isBuiltArchive(file, stats.size)) {
      images += 1;
      place.options.onEarlierImage?.(file);
    } else addFile(entries, { path, file, stats, mode: source.mode });
  }
  return isAll && images > 0 && images === earlier + children.length;
}

interface Child {
  readonly file: string;
  readonly type: LayerEntry['type'];
  /** An ignored folder that may hold files which are not ignored. */
  readonly isIgnored: boolean;
}

async function listChildren({ folder, source, options }: Folder) {
  const reading = readdir(folder, { withFileTypes: true });
  const found = await orFileFault(reading, 'FILE_UNREADABLE', 'read a folder for the image', folder);
  const isNamed = folder === source.from && source.isFound !== true;
  const isLayout =
    !isNamed && found.some(({ name }) => name === 'oci-layout') && (await isBuiltLayout(folder));
  /** What is looked at; of the rest, the file system is asked nothing. */
  const children: Child[] = [];
  const images = new Set<string>();
  /** How many are what earlier builds wrote. */
  let earlier = 0;
  /** Whether these are all, and `.dockerignore` keeps nothing else out of the image. */
  let isAll = true;
  for (const child of found) {
    const file = join(folder, child.name);
    const type = child.isDirectory() ? 'directory' : child.isSymbolicLink() ? 'symlink' : 'file';
    const isIgnored = options.ignore?.ignores(file) === true;
    const isOfLayout = isLayout && layoutNames.has(child.name);
    // A rule further down may take a part of an ignored folder back in.
    if (isIgnored && (type !== 'directory' || options.ignore?.hasExceptions === false)) isAll = false;
    else if (await options.isLeftOut?.(file, type)) continue;
    else if (isOfLayout || isUnfinished(child.name)) {
      earlier += 1;
      images.add(isOfLayout ? folder : file);
    } else {
      assertUtf8(file);
      children.push({ file, type, isIgnored });
    }
  }
  for (const image of images) options.onEarlierImage?.(image);
  return { children, earlier, isAll };
}

/** Node puts a sign in place of bytes that are not UTF-8, and does not find the file by it. */
function assertUtf8(file: string): void {
  if (!basename(file).includes('\ufffd')) return;
  throw new ImageError(
    'BUILD_INVALID',
    `${file} has a name that is not UTF-8: rename it, or ignore it in .dockerignore`,
    { path: file },
  );
}

function addFile(
  entries: Map<string, LayerEntry>,
  { path, file, stats, mode }: { path: string; file: string; stats: Stats; mode: number | undefined },
): void {
  if (!stats.isFile()) {
    throw new ImageError(
      'BUILD_INVALID',
      `${file} is a socket, a pipe or a device, which an image cannot hold: remove it, or ignore it in .dockerignore`,
      { path: file },
    );
  }
  const usual = (stats.mode & 0o100) === 0 ? 0o644 : 0o755;
  addEntry(entries, { path, type: 'file', mode: mode ?? usual, size: stats.size, content: file });
}

async function addLink(
  entries: Map<string, LayerEntry>,
  { path, file, root }: { readonly path: string; readonly file: string; readonly root: string },
): Promise<void> {
  const linkTarget = await readlink(file);
  const end = relative(root, join(file, '..', linkTarget));
  if (!linkTarget.startsWith('/') && (end === '..' || end.startsWith(`..${sep}`))) {
    throw new ImageError(
      'BUILD_INVALID',
      `${file} is a link to ${linkTarget}, outside of ${root}, which would not exist in the image: copy what it points to, or ignore it in .dockerignore (for node_modules of pnpm, copy what "pnpm deploy" makes)`,
      { path: file },
    );
  }
  addEntry(entries, { path, type: 'symlink', mode: 0o777, size: 0, linkTarget });
}

function addEntry(entries: Map<string, LayerEntry>, entry: LayerEntry): void {
  const name = posix.basename(entry.path);
  if (name.startsWith('.wh.')) {
    throw new ImageError(
      'LAYER_PATH_UNSAFE',
      `/${entry.path} cannot be in an image: a name that begins with .wh. means "deleted" in a layer; rename it, or ignore it in .dockerignore`,
      { path: entry.path },
    );
  }
  const before = entries.get(entry.path);
  if (before !== undefined && (before.type === 'directory') !== (entry.type === 'directory')) {
    throw new ImageError(
      'BUILD_INVALID',
      `/${entry.path} would be both a file and a folder: change one of the targets`,
    );
  }
  entries.set(entry.path, entry);
}

/** `/app/` is `app`, the root is the empty path. @throws ImageError `BUILD_INVALID` */
function toImagePath(target: string): string {
  const clean = posix.normalize(target).replace(/^\/+|\/+$/g, '');
  if (target.startsWith('/') && !target.includes('\0')) return clean === '.' ? '' : clean;
  throw new ImageError(
    'BUILD_INVALID',
    `the target "${target}" is not a valid image path: write it from the root, for example /app`,
  );
}
