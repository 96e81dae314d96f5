/** Bundles a program that is not a project, such as a command line, with all that it imports. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { replaceFolder } from './bundle/replace-folder.ts';
import { bundleModules } from './esbuild/bundle-modules.ts';

export interface BundleProgramOptions {
  /** The folder of the program's package.json. */
  readonly directory: string;
  /** Replaced as a whole; relative to `directory`, default `dist`. */
  readonly outputDirectory?: string | undefined;
  /** Packages that stay imports; default none. */
  readonly external?: readonly string[] | undefined;
  /** Files whose imports of Node's modules and of zod are changed so that a start takes less; default none. */
  readonly sooner?: RegExp | undefined;
  /** Whether what several modules need is in files of its own; default true. */
  readonly splitting?: boolean | undefined;
}

/**
 * Bundles `entries`, files by the name that each gets in the output, and writes them with source maps.
 *
 * @throws BundleError `SOURCE_INVALID` or `DEPENDENCY_MISSING`, with each place
 */
export async function bundleProgram(
  entries: Readonly<Record<string, string>>,
  { directory, outputDirectory = 'dist', ...options }: BundleProgramOptions,
): Promise<void> {
  const output = resolve(directory, outputDirectory);
  const files = Object.entries(entries).map(
    ([name, file]) => [name, { file: resolve(directory, file) }] as const,
  );
  const { outputFiles } = await bundleModules(Object.fromEntries(files), {
    ...options,
    directory,
    outputDirectory: output,
    // The newer format, where there is one: what is not used stays out.
    mainFields: ['module', 'main'],
  });
  await mkdir(dirname(output), { recursive: true });
  const staging = await mkdtemp(join(dirname(output), `.${basename(output)}-`));
  try {
    await Promise.all(
      outputFiles.map(({ path, contents }) => writeFile(join(staging, basename(path)), contents)),
    );
    await replaceFolder(output, staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
