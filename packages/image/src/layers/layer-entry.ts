/** What a layer holds at one path, before it is a tar. */

/** One file, folder or symbolic link of a layer; time and everything else is the same for all. */
export interface LayerEntry {
  /** In the image, from its root, without slashes at the ends: `app/dist/main.js`. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  /** Of a file, in bytes. */
  readonly size: number;
  /** A file's content: where it lies on this machine, or the bytes themselves. */
  readonly content?: string | Uint8Array | undefined;
  readonly linkTarget?: string | undefined;
  /** Owner and group by number; default 0, root. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** Sorts by the bytes of the path, so that every machine and locale has one order, and parents come first. */
export function sortEntries(entries: Iterable<LayerEntry>): LayerEntry[] {
  return [...entries].sort((left, right) => Buffer.compare(Buffer.from(left.path), Buffer.from(right.path)));
}
