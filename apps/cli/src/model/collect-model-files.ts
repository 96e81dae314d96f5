/** Lists what of a folder goes into a model archive, in an order that is the same everywhere. */

import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerEntry } from '@optml/image';
import { CliError } from '../errors.ts';
import { followLinks, isDesktopFile, resolveLink } from './model-names.ts';

/** The entries of the archive, and what was left out. */
export interface ModelFiles {
  readonly entries: readonly LayerEntry[];
  /** Paths of what macOS or Windows left there, with `/` after a folder. */
  readonly leftOut: readonly string[];
}

/**
 * Lists the files below `folder`, with paths from there. `except` is the archive itself, should it lie there.
 *
 * @throws CliError `MODEL_MISSING` without a folder, `MODEL_INVALID` for a link that leads out of it or nowhere, for what
 * is neither file, folder nor link, and for a folder without files.
 */
export async function collectModelFiles(folder: string, except: string): Promise<ModelFiles> {
  const leftOut: string[] = [];
  const entries: LayerEntry[] = [];
  const walk = async (path: string): Promise<void> => {
    const names = await readdir(join(folder, path)).catch((cause) =>
      Promise.reject(unreadable(folder, path, cause)),
    );
    for (const name of names) {
      const inner = path === '' ? name : `${path}/${name}`;
      const file = join(folder, inner);
      if (file === except) continue;
      const facts = await lstat(file).catch((cause) => Promise.reject(unreadable(folder, inner, cause)));
      if (isDesktopFile(inner)) {
        leftOut.push(facts.isDirectory() ? `${inner}/` : inner);
      } else if (facts.isDirectory()) {
        entries.push({ path: inner, type: 'directory', mode: 0o755, size: 0 });
        await walk(inner);
      } else if (facts.isSymbolicLink()) {
        entries.push({
          path: inner,
          type: 'symlink',
          mode: 0o777,
          size: 0,
          linkTarget: await readlink(file),
        });
      } else if (facts.isFile()) {
        const mode = (facts.mode & 0o111) === 0 ? 0o644 : 0o755;
        entries.push({ path: inner, type: 'file', mode, size: facts.size, content: file });
      } else {
        throw new CliError(
          'MODEL_INVALID',
          `cannot pack ${file}: it is neither a file nor a folder; remove it`,
        );
      }
    }
  };
  await walk('');
  assertModel(folder, entries);
  const inOrder = entries.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return { entries: inOrder, leftOut: leftOut.sort() };
}

function assertModel(folder: string, entries: readonly LayerEntry[]): void {
  if (!entries.some(({ type }) => type === 'file')) {
    throw new CliError('MODEL_INVALID', `cannot pack ${folder}: it contains no files`);
  }
  const links = new Map<string, string>();
  for (const { path, linkTarget } of entries) {
    const inside = linkTarget === undefined ? undefined : resolveLink(path, linkTarget);
    if (inside !== undefined) links.set(path, inside);
  }
  const files = new Set(entries.filter(({ linkTarget }) => linkTarget === undefined).map(({ path }) => path));
  for (const { path, linkTarget } of entries) {
    if (linkTarget === undefined) continue;
    const inside = links.get(path);
    const end = inside === undefined ? undefined : followLinks(inside, links);
    if (end === '.' || (end !== undefined && files.has(end))) continue;
    const where = inside === undefined ? 'which is not in the folder' : 'which does not exist';
    throw new CliError(
      'MODEL_INVALID',
      `cannot pack ${folder}: "${path}" is a link to "${linkTarget}", ${where}; put the file there in its place`,
      { facts: { path } },
    );
  }
}

function unreadable(folder: string, path: string, cause: NodeJS.ErrnoException): CliError {
  const { code } = cause;
  if (path === '' && (code === 'ENOENT' || code === 'ENOTDIR')) {
    const why = code === 'ENOENT' ? 'it does not exist' : 'it is a file, not a folder';
    return new CliError('MODEL_MISSING', `cannot pack ${folder}: ${why}; name the folder of the model`, {
      cause,
    });
  }
  return new CliError('MODEL_INVALID', `cannot pack ${join(folder, path)}: ${cause.message}`, { cause });
}
