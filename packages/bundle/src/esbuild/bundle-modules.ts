/** Bundles modules with all that they import into one folder. */

import type { BuildResult, Message, Plugin } from 'esbuild';
import { BundleError } from '../errors.ts';
import { adviseUnresolved } from './advise-unresolved.ts';
import { dropUnusedRequire, lateRequire } from './late-require.ts';
import { nameLateImports } from './name-late-imports.ts';
import { startSooner } from './start-sooner.ts';

/** A module of a bundle: a file, or a text that is resolved as if it stood in a folder. */
export type Entry = { readonly file: string } | { readonly text: string; readonly directory: string };

export interface BundleOptions {
  /** Paths in messages and source maps are relative to it. */
  readonly directory: string;
  /** Where the result will lie: source maps lead from here to the sources. */
  readonly outputDirectory: string;
  /** Files that `startSooner` reads; default none. */
  readonly sooner?: RegExp | undefined;
  readonly plugins?: readonly Plugin[] | undefined;
  /** Specifiers that stay imports. */
  readonly external?: readonly string[] | undefined;
  readonly splitting?: boolean | undefined;
  /** Which fields of a package.json without `exports` name its module; default Node's own `main`. */
  readonly mainFields?: readonly string[] | undefined;
}

/** How modules are written, each time that esbuild writes them. */
export const outputOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  sourcemap: 'linked',
  // A trace needs names and lines. The text of every dependency would be two thirds of an image's layer.
  sourcesContent: false,
  // An image keeps these in a layer below the author's: one name tells them from what the author named.
  chunkNames: 'chunk-[hash]',
  logLevel: 'silent',
} as const;

/** What esbuild made, not yet written. */
export type Bundle = BuildResult<{ write: false; metafile: true }>;

/**
 * Bundles `entries`, by the name of the file that each becomes, as modules for Node 22.18 and later.
 *
 * @throws BundleError `SOURCE_INVALID` or `DEPENDENCY_MISSING`, with each place
 */
export async function bundleModules(
  entries: Readonly<Record<string, Entry>>,
  {
    directory,
    outputDirectory,
    sooner,
    plugins = [],
    external = [],
    splitting = true,
    mainFields = ['main'],
  }: BundleOptions,
): Promise<Bundle> {
  // Loaded late: a bundle that is kept, and a project without modules, need none of it.
  const { build } = await import('esbuild');
  try {
    const made = await build({
      absWorkingDir: directory,
      entryPoints: Object.entries(entries).map(([name, entry]) => ({
        out: name,
        in: 'file' in entry ? entry.file : `${scheme}${name}`,
      })),
      outdir: outputDirectory,
      ...outputOptions,
      write: false,
      metafile: true,
      splitting,
      mainFields: [...mainFields],
      banner: { js: lateRequire },
      // All of them: some say which packages must stay outside.
      logLimit: 0,
      external: [...external],
      plugins: [readEntries(entries), ...plugins, ...(sooner === undefined ? [] : [startSooner(sooner)])],
    });
    return { ...made, outputFiles: nameLateImports(dropUnusedRequire(made.outputFiles)) };
  } catch (error) {
    throw explain(error as Error & { readonly errors?: readonly Message[] | undefined }, directory);
  }
}

const scheme = 'optml:';

function readEntries(entries: Readonly<Record<string, Entry>>): Plugin {
  return {
    name: 'entries',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${scheme}`) }, ({ path }) => ({
        path: path.slice(scheme.length),
        namespace: 'entry',
      }));
      onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => {
        const entry = entries[path];
        return entry === undefined || 'file' in entry
          ? undefined
          : { contents: entry.text, resolveDir: entry.directory };
      });
    },
  };
}

const unresolved = /^Could not resolve (".*")/;
/** `No loader is configured for ".bin" files: src/weights.bin` */
const unloadable = /^No loader is configured for "(.*)" files: (.*)/;
const shownErrors = 5;

/** Says in one line each what esbuild found; anything else that it throws is a bug. */
function explain(
  error: Error & { readonly errors?: readonly Message[] | undefined },
  directory: string,
): Error {
  const { errors = [] } = error;
  const [first] = errors;
  if (first === undefined) return error;
  const lines = errors.slice(0, shownErrors).map((message) => describeMessage(message, directory));
  if (errors.length > shownErrors) lines.push(`and ${errors.length - shownErrors} more`);
  const code = errors.every(({ text }) => unresolved.test(text)) ? 'DEPENDENCY_MISSING' : 'SOURCE_INVALID';
  return new BundleError(code, lines.join('\n'), {
    cause: error,
    path: first.location?.file,
  });
}

function describeMessage({ text, location, notes }: Message, directory: string): string {
  const place = location === null ? '' : `${location.file}:${location.line}:${location.column + 1}: `;
  const [, suffix, file] = unloadable.exec(text) ?? [];
  if (suffix !== undefined) {
    return `${place}cannot import ${file}: files ending in ${suffix} cannot be part of a bundle: write the data into the model artifact when you train, or put it into a package`;
  }
  const [, specifier] = unresolved.exec(text) ?? [];
  if (specifier === undefined) {
    const source = location === null ? '' : `: ${location.lineText.trim().slice(0, 120)}`;
    return `${place}${text.charAt(0).toLowerCase()}${text.slice(1)}${source}`;
  }
  return `${place}cannot find ${specifier}: ${adviseUnresolved(specifier, { location, notes, directory })}`;
}
