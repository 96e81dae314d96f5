/**
 * Makes one file of chunks that the same starts load. esbuild makes a chunk for each set of modules, late ones included,
 * that need the same files: a start loads dozens, and each costs it a third of a millisecond.
 */

import { basename, join, resolve } from 'node:path';
import type { OutputFile, Plugin } from 'esbuild';
import { type Bundle, outputOptions } from './bundle-modules.ts';

export interface MergeOptions {
  /** Paths of the metafile are relative to it. */
  readonly directory: string;
  readonly outputDirectory: string;
  /** The modules that have a name of their own, which stays. */
  readonly entries: readonly string[];
  /** The absolute paths of files whose chunks stay as they are. */
  readonly apart: ReadonlySet<string>;
}

/** A file of the bundle; others by their names. */
interface Chunk {
  readonly text: string;
  /** Loaded with it, in this order. */
  readonly imports: readonly string[];
  /** Loaded when it asks for them. */
  readonly lateImports: readonly string[];
  readonly isEntry: boolean;
  readonly isApart: boolean;
  readonly isLarge: boolean;
}

type Chunks = ReadonlyMap<string, Chunk>;

/**
 * A part of a start that is loaded late may need one of a group only. To load a larger chunk for nothing would take longer
 * than to open a file for each.
 */
const largestMerged = 16 * 1024;

/** Gives the same bundle in fewer files. */
export async function mergeChunks(made: Bundle, options: MergeOptions): Promise<OutputFile[]> {
  const { directory, outputDirectory, entries } = options;
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: directory,
    entryPoints: entries.map((name) => ({ in: `./${name}.js`, out: name })),
    outdir: outputDirectory,
    ...outputOptions,
    // A quarter less to read at each start. Names stay, and lines short enough to be shown with an error.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    write: false,
    splitting: true,
    plugins: [readMade(readChunks(made, options), options)],
  });
  return outputFiles;
}

function readChunks(
  { outputFiles, metafile: { outputs } }: Bundle,
  { directory, outputDirectory, entries, apart }: MergeOptions,
): Chunks {
  const files = new Map(outputFiles.map((file) => [basename(file.path), file.text]));
  const isMade = (path: string) => resolve(directory, path, '..') === resolve(outputDirectory);
  const chunks = new Map<string, Chunk>();
  for (const [path, { imports, inputs, bytes }] of Object.entries(outputs)) {
    const name = basename(path);
    if (!name.endsWith('.js')) continue;
    const pick = (kind: string) =>
      imports
        .filter((one) => one.kind === kind && one.external !== true && isMade(one.path))
        .map((one) => basename(one.path));
    chunks.set(name, {
      text: withMap(files.get(name) as string, files.get(`${name}.map`)),
      imports: pick('import-statement'),
      lateImports: pick('dynamic-import'),
      isEntry: entries.includes(name.replace(/\.js$/, '')),
      isLarge: bytes > largestMerged,
      isApart: Object.keys(inputs).some((input) => apart.has(resolve(directory, input))),
    });
  }
  return chunks;
}

/** The source map is part of the text, because nothing has been written yet. */
function withMap(text: string, map = ''): string {
  const data = Buffer.from(map).toString('base64');
  return text.replace(
    /^\/\/# sourceMappingURL=.*$/m,
    `//# sourceMappingURL=data:application/json;base64,${data}`,
  );
}

/** Reads what was made; a module that imports a chunk of a group imports the whole group, so that esbuild makes it one chunk. */
function readMade(chunks: Chunks, { outputDirectory }: MergeOptions): Plugin {
  const groups = groupChunks(chunks);
  return {
    name: 'made',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path }) => {
        // The first build has found all that there is: the rest stay imports.
        if (!path.startsWith('./') || !chunks.has(basename(path))) return { path, external: true };
        return { path: join(outputDirectory, basename(path)), sideEffects: true };
      });
      onLoad({ filter: /\.js$/ }, ({ path }) => {
        const name = basename(path);
        const { text, imports } = chunks.get(name) as Chunk;
        const others = groups.filter(
          (group) => !group.includes(name) && group.some((one) => imports.includes(one)),
        );
        // Below the text, whose lines stay where they are.
        const added = others.flat().map((one) => `import './${one}';\n`);
        return { contents: `${text}\n${added.join('')}`, loader: 'js', resolveDir: outputDirectory };
      });
    },
  };
}

/** Gives groups of chunks that the same starts load, each in an order in which they can be loaded. */
function groupChunks(chunks: Chunks): readonly (readonly string[])[] {
  const starts = listStarts(chunks).map((name) => loadWith(name, chunks));
  const late = new Set([...chunks.values()].flatMap(({ lateImports }) => lateImports));
  const groups = new Map<string, string[]>();
  // Each after all that it imports.
  for (const name of new Set([...chunks.keys()].flatMap((one) => [...loadWith(one, chunks)]))) {
    const { isEntry, isApart, isLarge } = chunks.get(name) as Chunk;
    const key = starts.map((loaded) => (loaded.has(name) ? '1' : '0')).join('');
    if (isEntry || isApart || isLarge || late.has(name) || !key.includes('1')) continue;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** A process begins with a module that has a name of its own and is not the author's, or with a half that `main` chooses. */
function listStarts(chunks: Chunks): readonly string[] {
  const entries = [...chunks].filter(([, { isEntry, isApart }]) => isEntry && !isApart).map(([name]) => name);
  const halves = [...loadWith('main.js', chunks)].flatMap((name) => chunks.get(name)?.lateImports ?? []);
  return [...entries, ...halves];
}

/** Lists what is loaded with a file, itself last. */
function loadWith(
  name: string,
  chunks: Chunks,
  loaded = new Set<string>(),
  open = new Set<string>(),
): Set<string> {
  if (loaded.has(name) || open.has(name)) return loaded;
  open.add(name);
  for (const one of chunks.get(name)?.imports ?? []) loadWith(one, chunks, loaded, open);
  return loaded.add(name);
}
