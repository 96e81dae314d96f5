/** What the files of an image look like once its layers lie on top of each other: the newest at each path, deletions done. */

import { ImageError } from '../errors.ts';
import type { LayerFile } from './read-layer-entries.ts';

/** One path of a layer: what `readLayerEntries` gives, without the content. */
export interface TreeEntry extends Omit<LayerFile, 'uid' | 'gid' | 'mtime' | 'content'> {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** The files of one or more layers, by path. */
export interface FileTree<Entry extends TreeEntry = TreeEntry> {
  /** Puts the next layer on top. A deletion concerns what lower layers have, wherever it stands in its own layer. */
  addLayer(entries: AsyncIterable<Entry> | Iterable<Entry>): Promise<void>;
  /** What is at `path`, which is not followed itself; links of the folders above it are. */
  get(path: string): Entry | TreeEntry | undefined;
  /**
   * The path that `path` leads to: links of the folders above it are followed, and it itself when it is a link and
   * `follow` is true. What does not exist is passed on by its name.
   *
   * @throws ImageError `LAYER_INVALID` for links that lead in a circle.
   */
  resolve(path: string, options?: { readonly follow?: boolean | undefined }): string;
  /** Everything there is, parents first, at its path; of folders that have no entry of their own, their path and mode. */
  entries(): IterableIterator<Entry | TreeEntry>;
}

interface Node<Entry> {
  /** Made with the first of them: most nodes are files, and a map costs more than all else of a node. */
  children: Map<string, Node<Entry>> | undefined;
  /** `undefined` once it is deleted. */
  entry: Entry | undefined;
  /** The layer that it came with, counted from 1. */
  layer: number;
}

/** As many as the kernel follows. */
const mostLinks = 40;

/** Makes an empty tree. */
export function createFileTree<Entry extends TreeEntry = TreeEntry>(): FileTree<Entry> {
  type AnyNode = Node<Entry | TreeEntry>;
  const root: AnyNode = { children: undefined, entry: implyFolder(''), layer: 0 };
  let layer = 0;
  const add = (entry: Entry) => {
    const parts = split(entry.path);
    if (entry.deletes !== undefined) {
      const node = find(root, parts);
      if (node !== undefined) remove(node, entry.deletes, layer);
      return;
    }
    let node = root;
    for (const [index, part] of parts.entries())
      node = enterFolder(node, { name: part, path: parts.slice(0, index + 1).join('/'), layer });
    if (entry.type !== 'directory') node.children = undefined;
    node.entry = entry;
  };
  return {
    async addLayer(entries) {
      layer += 1;
      for await (const entry of entries) add(entry);
      prune(root);
    },
    get: (path) => find(root, split(resolvePath(root, path, false)))?.entry,
    resolve: (path, { follow = false } = {}) => resolvePath(root, path, follow),
    entries: () => walk(root),
  };
}

function split(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** A folder that layers have files in, and no entry for. */
function implyFolder(path: string): TreeEntry {
  return { path, type: 'directory', mode: 0o755, size: 0 };
}

function find<Entry>(root: Node<Entry>, parts: readonly string[]): Node<Entry> | undefined {
  let node: Node<Entry> | undefined = root;
  for (const part of parts) node = node?.children?.get(part);
  return node;
}

/** What an entry lies below is a folder, whatever a lower layer had there. */
function enterFolder(
  parent: Node<TreeEntry>,
  { name, path, layer }: { readonly name: string; readonly path: string; readonly layer: number },
): Node<TreeEntry> {
  const node = parent.children?.get(name) ?? { children: undefined, entry: undefined, layer };
  if (node.entry?.type !== 'directory') node.entry = implyFolder(path);
  node.layer = layer;
  parent.children ??= new Map();
  parent.children.set(name, node);
  return node;
}

/** Removes what came with lower layers; what this layer itself brought stays. */
function remove(node: Node<TreeEntry>, what: 'path' | 'content', layer: number): void {
  if (what === 'path' && node.layer < layer) node.entry = undefined;
  for (const child of node.children?.values() ?? []) remove(child, 'path', layer);
}

/** Forgets what was deleted. */
function prune(node: Node<TreeEntry>): void {
  for (const [name, child] of node.children ?? []) {
    if (child.entry === undefined) node.children?.delete(name);
    else prune(child);
  }
}

function resolvePath(root: Node<TreeEntry>, path: string, follow: boolean): string {
  const waiting = [...split(path)].reverse();
  const done: string[] = [];
  for (let hops = 0; waiting.length > 0; ) {
    const part = waiting.pop() as string;
    if (part === '..') {
      done.pop();
      continue;
    }
    const entry = find(root, [...done, part])?.entry;
    if (entry?.type !== 'symlink' || entry.linkTarget === undefined || (waiting.length === 0 && !follow)) {
      done.push(part);
      continue;
    }
    hops += 1;
    if (hops > mostLinks) {
      const link = [...done, part].join('/');
      throw new ImageError('LAYER_INVALID', `the link /${link} of the image leads back to itself`, { path });
    }
    if (entry.linkTarget.startsWith('/')) done.length = 0;
    waiting.push(...split(entry.linkTarget).toReversed());
  }
  return done.join('/');
}

function* walk<Entry extends TreeEntry>(node: Node<Entry>): IterableIterator<Entry> {
  for (const child of node.children?.values() ?? []) {
    if (child.entry !== undefined) yield child.entry;
    yield* walk(child);
  }
}
