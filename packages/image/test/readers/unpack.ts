/** Programs that others wrote, and what they make of an image. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Image } from '../../src/image/image.ts';
import { readLayerEntries } from '../../src/layers/read-layer-entries.ts';
import { makeFolder, readAll } from '../make-folder.ts';

const execute = promisify(execFile);

/** Runs a program and gives what it printed. */
export async function run(...[program = '', ...words]: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, [...words], { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** What stands at a path: its type and mode, and what is in it. */
export type Tree = Readonly<Record<string, string>>;

/** What umoci makes of an image of a layout, path by path. */
export async function unpackWithUmoci(layout: string, tag: string): Promise<Tree> {
  const bundle = join(await makeFolder(), 'bundle');
  await run('umoci', 'unpack', '--image', `${layout}:${tag}`, bundle);
  const root = join(bundle, 'rootfs');
  const tree: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const stats = await lstat(file);
    const owner = `${stats.uid}:${stats.gid}`;
    const mode = (stats.mode & 0o7777).toString(8);
    if (entry.isSymbolicLink()) tree[relative(root, file)] = `link ${owner} ${await readlink(file)}`;
    else if (entry.isDirectory()) tree[relative(root, file)] = `directory ${owner} ${mode}`;
    else
      tree[relative(root, file)] =
        `file ${owner} ${mode} ${stats.mtimeMs / 1000} ${hash(await readFile(file))}`;
  }
  return tree;
}

/** The same as our own reader sees it, layer upon layer, deletions done. */
export async function describeTree({ layers }: Image): Promise<Tree> {
  const tree = new Map<string, string>();
  for (const layer of layers) {
    for await (const { path, type, mode, uid, gid, mtime, linkTarget, deletes, content } of readLayerEntries(
      layer,
    )) {
      if (deletes !== undefined) {
        for (const key of tree.keys()) if (key === path || key.startsWith(`${path}/`)) tree.delete(key);
        continue;
      }
      const owner = `${uid}:${gid}`;
      const octal = mode.toString(8);
      if (type === 'symlink') tree.set(path, `link ${owner} ${linkTarget}`);
      else if (type === 'directory') tree.set(path, `directory ${owner} ${octal}`);
      else tree.set(path, `file ${owner} ${octal} ${mtime} ${hash(await readAll(content()))}`);
      for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
        const parent = path.slice(0, at);
        if (!tree.has(parent)) tree.set(parent, 'directory 0:0 755');
      }
    }
  }
  tree.delete('');
  return Object.fromEntries(tree);
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
