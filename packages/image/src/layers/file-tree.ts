/** What the files of an image look like once its layers lie on top of each other: the newest at each path, deletions done. */

import { ImageError } from '../errors.ts';
import type { LayerFile } from './read-layer-entries.ts';

/** What a tree knows of one path. */
export type TreeFile = Pick<LayerFile, 'type' | 'mode' | 'size' | 'linkTarget'> &
  Partial<Pick<LayerFile, 'uid' | 'gid'>>;

/** The files of one or more layers, by path. */
export interface FileTree {
  /** Puts the next layer on top. A deletion concerns what lower layers have, wherever it stands in its own layer. */
  addLayer(files: AsyncIterable<TreeEntry> | Iterable<TreeEntry>): Promise<void>;
  /** What is at `path`, which is not followed itself; links of the folders above it are. */
  get(path: string): TreeFile | undefined;
  /**
   * The path that `path` leads to: links of the folders above it are followed, and it itself when it is a link and
   * `follow` is true. What does not exist is passed on by its name.
   *
   * @throws ImageError `LAYER_INVALID` for links that lead in a circle.
   */
  resolve(path: string, options?: { readonly follow?: boolean }): string;
  /** Every path with what is there, parents first. */
  entries(): IterableIterator<readonly [string, TreeFile]>;
}

/** One entry of a layer, as `readLayerEntries` gives it. */
export type TreeEntry = TreeFile & Pick<LayerFile, 'path' | 'deletes'>;

/** What may save memory. */
export interface FileTreeOptions {
  /** Whether anybody will ask for a file; default: all are kept. */
  readonly keeps?: (file: TreeEntry) => boolean;
}

interface Node {
  readonly children: Map<string, Node>;
  /** `undefined` once it is deleted. */
  file: TreeFile | undefined;
  /** The layer that it came with, counted from 1. */
  layer: number;
}

/** As many as the kernel follows. */
const mostLinks = 40;

/** Of a folder that layers have files in, and no entry for. */
const impliedFolder: TreeFile = { type: 'directory', mode: 0o755, size: 0, uid: 0, gid: 0 };

/** Makes an empty tree. */
export function createFileTree({ keeps = () => true }: FileTreeOptions = {}): FileTree {
  const root: Node = { children: new Map(), file: impliedFolder, layer: 0 };
  let layer = 0;
  const add = (entry: TreeEntry) => {
    const parts = split(entry.path);
    if (entry.deletes !== undefined || !keeps(entry)) {
      const node = find(root, parts);
      if (node !== undefined) remove(node, entry.deletes ?? 'path', layer);
      return;
    }
    const { type, mode, size, linkTarget, uid = 0, gid = 0 } = entry;
    const parent = parts.slice(0, -1).reduce((node, part) => enterFolder(node, part, layer), root);
    const node = parts.length === 0 ? root : enterFolder(parent, parts.at(-1) as string, layer);
    if (type !== 'directory') node.children.clear();
    node.file = { type, mode, size, uid, gid, ...(linkTarget !== undefined && { linkTarget }) };
  };
  return {
    async addLayer(files) {
      layer += 1;
      for await (const entry of files) add(entry);
      prune(root);
    },
    get: (path) => find(root, split(resolvePath(root, path, false)))?.file,
    resolve: (path, { follow = false } = {}) => resolvePath(root, path, follow),
    entries: () => walk(root, ''),
  };
}

function split(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function find(root: Node, parts: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const part of parts) node = node?.children.get(part);
  return node;
}

/** What an entry lies below is a folder, whatever a lower layer had there. */
function enterFolder(parent: Node, name: string, layer: number): Node {
  const node = parent.children.get(name) ?? { children: new Map(), file: undefined, layer };
  if (node.file?.type !== 'directory') node.file = impliedFolder;
  node.layer = layer;
  parent.children.set(name, node);
  return node;
}

/** Removes what came with lower layers; what this layer itself brought stays. */
function remove(node: Node, what: 'path' | 'content', layer: number): void {
  if (what === 'path' && node.layer < layer) node.file = undefined;
  for (const child of node.children.values()) remove(child, 'path', layer);
}

/** Forgets what was deleted. */
function prune(node: Node): void {
  for (const [name, child] of node.children) {
    if (child.file === undefined) node.children.delete(name);
    else prune(child);
  }
}

function resolvePath(root: Node, path: string, follow: boolean): string {
  const waiting = [...split(path)].reverse();
  const done: string[] = [];
  for (let hops = 0; waiting.length > 0; ) {
    const part = waiting.pop() as string;
    if (part === '..') {
      done.pop();
      continue;
    }
    const file = find(root, [...done, part])?.file;
    const isLast = waiting.length === 0;
    if (file?.type !== 'symlink' || file.linkTarget === undefined || (isLast && !follow)) {
      done.push(part);
      continue;
    }
    hops += 1;
    if (hops > mostLinks) {
      throw new ImageError(
        'LAYER_INVALID',
        `the link /${[...done, part].join('/')} of the image leads in a circle`,
        {
          path,
        },
      );
    }
    if (file.linkTarget.startsWith('/')) done.length = 0;
    waiting.push(...split(file.linkTarget).toReversed());
  }
  return done.join('/');
}

function* walk(node: Node, path: string): IterableIterator<readonly [string, TreeFile]> {
  if (node.file !== undefined && path !== '') yield [path, node.file];
  for (const [name, child] of node.children) yield* walk(child, path === '' ? name : `${path}/${name}`);
}
