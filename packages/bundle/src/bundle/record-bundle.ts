/**
 * Keeps a record of what a bundle was made of, so that it is not made again of the same. A stale bundle is worse than ten
 * made for nothing: whatever a bundle depends on has its state in the record, and a doubt is a change. A file's state is
 * its size, its identity and both of its times; a folder's the names in it.
 */

import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { BundleWithPackages } from '../carry/bundle-and-carry.ts';
import { listFiles } from '../carry/installed-package.ts';
import type { BundleReport } from './describe-bundle.ts';

interface BundleRecord {
  readonly key: string;
  /** Whether its modules were loaded once. */
  readonly isTested: boolean;
  /** States by path. */
  readonly states: Readonly<Record<string, string>>;
  readonly report: BundleReport;
}

const recordName = 'bundle-record.json';

/** A file that was changed so shortly before may have been read before the change: clocks of file systems are coarse. */
const settledMs = 2_000;

/**
 * Gives the report of the bundle in `folder` if it was made with `key`, of what is there now, and is as it was made; where
 * `isTested` is asked for, only of one that was tested.
 */
export async function readRecordedBundle(
  folder: string,
  { key, isTested }: { readonly key: object; readonly isTested: boolean },
): Promise<BundleReport | undefined> {
  const text = await readFile(join(folder, recordName), 'utf8').catch(() => '{}');
  const { states = {}, report, ...recorded }: Partial<BundleRecord> = parseRecord(text);
  if (recorded.key !== describeKey(key) || (isTested && recorded.isTested !== true)) return undefined;
  return Object.entries(states).every(([path, state]) => readState(path) === state) ? report : undefined;
}

function parseRecord(text: string): Partial<BundleRecord> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

interface Recorded {
  readonly key: object;
  readonly isTested: boolean;
  readonly directory: string;
  readonly made: BundleWithPackages;
  readonly report: BundleReport;
  /** When the bundle was begun, since the epoch. */
  readonly startedMs: number;
}

/** Records the bundle in `folder`, unless something that it is made of was changed a moment ago, or cannot be followed. */
export async function recordBundle(
  folder: string,
  { key, isTested, directory, made, report, startedMs }: Recorded,
): Promise<void> {
  const paths = listSources(realpathSync(directory), made);
  if (paths === undefined || paths.some((path) => wasChanged(path, startedMs - settledMs))) return;
  const all = [...paths, ...listTree(folder)];
  const states = Object.fromEntries(all.map((path) => [path, readState(path)]));
  const record: BundleRecord = { key: describeKey(key), isTested, states, report };
  await writeFile(join(folder, recordName), JSON.stringify(record));
}

/** Another bundler or Node is another bundle. */
function describeKey(key: object): string {
  const bundler = fileURLToPath(import.meta.url);
  return JSON.stringify([key, process.versions.node, process.platform, bundler, readState(bundler)]);
}

/** Everything that the bundle depends on, files that are not there included; `undefined` where that is not known. */
function listSources(project: string, { bundle, inputs, carried }: BundleWithPackages) {
  const files = [...inputs.own, ...inputs.ours]
    .concat([...inputs.packages.values()].flatMap((one) => one.files))
    .filter((file) => !/[\\/](?:entry|outside):[^\\/]*$/.test(file));
  const paths = new Set(files);
  const folders = new Set(files.map((file) => dirname(file)));
  folders.add(join(project, 'src'));
  for (const folder of folders) {
    paths.add(folder);
    for (const path of listLookups(folder, project)) paths.add(path);
  }
  for (const path of listTree(join(project, 'src'))) paths.add(path);
  // Whether a package stays whole is told by any of its files, and one that does is copied.
  for (const { installed } of inputs.packages.values()) {
    for (const file of listFiles(installed.directory)) paths.add(dirname(file));
  }
  for (const { directory } of carried.values()) {
    for (const path of [...listTree(directory), ...listLookups(directory, project)]) paths.add(path);
  }
  // esbuild leaves those of packages alone.
  const configs = [...paths].filter((path) =>
    /^(?!.*[\\/]node_modules[\\/]).*[\\/]tsconfig\.json$/.test(path),
  );
  const extended = configs.map((path) => listExtended(path));
  if (extended.includes(undefined) || bundle.warnings.some(({ id }) => id === 'tsconfig.json'))
    return undefined;
  return [...paths, ...extended.flatMap((path) => path ?? [])];
}

/** Where a module in `folder` looks for packages and for what describes its files, and the folders of the project. */
function* listLookups(folder: string, project: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield join(at, 'package.json');
    if (!at.endsWith(`${sep}node_modules`)) yield join(at, 'node_modules');
    if (!at.includes(`${sep}node_modules`)) yield join(at, 'tsconfig.json');
    if (at === project || at.startsWith(`${project}${sep}`)) yield at;
    if (dirname(at) === at) return;
  }
}

/** The files that a tsconfig.json goes back to; `undefined` where one is not found. */
function listExtended(file: string): readonly string[] | undefined {
  const text = readText(file);
  const [, value] = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/.exec(text) ?? [];
  const names = [...(value ?? '').matchAll(/"([^"]*)"/g)].map(([, name = '']) => name);
  const found = names.map((name) => findExtended(name, file));
  const deeper = found.map((path) => (path === undefined ? undefined : listExtended(path)));
  if (deeper.includes(undefined)) return undefined;
  return [...found, ...deeper.flat()].filter((path) => path !== undefined);
}

function findExtended(name: string, file: string): string | undefined {
  const { resolve: find } = createRequire(file);
  for (const candidate of [name, `${name}.json`, `${name}/tsconfig.json`]) {
    try {
      return find(candidate);
    } catch {
      // The next one.
    }
  }
  return undefined;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** A folder and all that is in it, but for the record and for packages within a package. */
function listTree(folder: string): readonly string[] {
  return readEntries(folder).flatMap(({ name, isFolder }) => {
    const path = join(folder, name);
    if (name === recordName) return [];
    return isFolder ? [path, ...listTree(path)] : [path];
  });
}

function readEntries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      isFolder: entry.isDirectory(),
      link: entry.isSymbolicLink() ? readlinkSync(join(folder, entry.name)) : '',
    }));
  } catch {
    return [];
  }
}

function wasChanged(path: string, sinceMs: number): boolean {
  const facts = statSync(path, { throwIfNoEntry: false });
  return facts?.isFile() === true && Math.max(facts.mtimeMs, facts.ctimeMs) > sinceMs;
}

/** One text that is another when something has changed. */
function readState(path: string): string {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (facts === undefined) return '';
  if (!facts.isDirectory()) return [facts.size, facts.ino, facts.mtimeNs, facts.ctimeNs].join(' ');
  // optml and package managers keep notes under such names.
  const entries = readEntries(path).filter(({ name }) => !name.startsWith('.') && name !== recordName);
  return entries
    .map(
      ({ name, link }) => `${name}>${link}${name.startsWith('@') ? `(${readState(join(path, name))})` : ''}`,
    )
    .sort()
    .join('\n');
}
