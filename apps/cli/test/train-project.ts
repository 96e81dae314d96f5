/** A project whose jobs are trained with `optml`, and what is found of them afterwards. */

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fixture, makeFolder, type Outcome, runOptml } from './run-optml.ts';

/** What most jobs are given. */
export const given = ['--input', 'training=data', '--hyperparameter', 'max_depth=3'];

/** A folder to run in, with data for channels. */
export async function makeProject() {
  const folder = await makeFolder();
  await write(folder, { 'data/a.csv': 'a', 'other/b.csv': 'b' });
  const root = join(folder, 'ml');
  const train = (words: readonly string[], ...job: string[]) =>
    runOptml(['train', '--root', root, ...words, ...fixture('job', ...job)], { workingDirectory: folder });
  return { folder, root, train };
}

export async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** What the last job found before it wrote anything. */
export async function readFound(root: string) {
  return JSON.parse(await readFile(join(root, 'model/found.json'), 'utf8'));
}

/** The texts of all files below a folder, by path; links are followed. */
export async function readAll(folder: string): Promise<Record<string, string>> {
  const paths = await readdir(folder, { recursive: true });
  const texts = paths.map(async (path) => {
    const isFile = await stat(join(folder, path)).then((stats) => stats.isFile());
    return isFile ? [[path, await readFile(join(folder, path), 'utf8')]] : [];
  });
  return Object.fromEntries((await Promise.all(texts)).flat());
}

/** Where the output says that something was moved to. */
export function readMoved({ err }: Outcome, what: string): string {
  return new RegExp(`^optml: moved ${what} of an earlier job to (.*)$`, 'm').exec(err)?.[1] as string;
}
