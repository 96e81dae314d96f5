/** Rules on the files of an image: one pass over the layers, which also finds the programs that will be run. */

import { type Image, type Layer, type LayerFile, readLayerEntries } from '@optml/image';
import { type LintFinding, report } from './finding.ts';
import { lintContent } from './lint-content.ts';
import type { LintOptions } from './lint-image.ts';

/** What the pass found. */
export interface FileLint {
  readonly findings: readonly LintFinding[];
  /** Of all files, in bytes; `undefined` when a layer was not read. */
  readonly tarBytes: number | undefined;
}

/** What is known of a path: enough to say whether it can be run. */
interface Known {
  readonly type: LayerFile['type'];
  readonly mode: number;
  readonly linkTarget: string | undefined;
}

/** Reads the layers that are on this machine or were added here, and judges their files. */
export async function lintFiles(image: Image, { skipLayers, signal }: LintOptions): Promise<FileLint> {
  const hasBase = image.layers.some(({ kind }) => kind !== 'base');
  const files = new Map<string, Known>();
  const findings: LintFinding[] = [];
  let tarBytes = 0;
  let complete = true;
  for (const layer of image.layers) {
    // A layer of a base in a registry would have to be fetched.
    if (skipLayers?.has(layer.diffId) === true || layer.origin !== undefined) {
      complete = false;
      continue;
    }
    const isOwn = !hasBase || layer.kind !== 'base';
    for await (const file of readLayerEntries(layer, signal)) {
      tarBytes += file.size;
      applyEntry(files, file);
      if (isOwn && file.deletes === undefined) findings.push(...(await lintFile(file, { image, layer })));
    }
  }
  if (complete) findings.push(...lintPrograms(image, files));
  return { findings, tarBytes: complete ? tarBytes : undefined };
}

function applyEntry(files: Map<string, Known>, { path, type, mode, linkTarget, deletes }: LayerFile): void {
  if (deletes === undefined) {
    files.set(path, { type, mode, linkTarget });
    return;
  }
  if (deletes === 'path') files.delete(path);
  for (const known of files.keys()) if (known.startsWith(`${path}/`)) files.delete(known);
}

interface Place {
  readonly image: Image;
  readonly layer: Layer;
}

/** Folders that SageMaker mounts over whatever the image has. */
const mounted = /^opt\/ml\/(?:input|model|output|checkpoints)(?:\/|$)/;

async function lintFile(file: LayerFile, { image }: Place): Promise<readonly LintFinding[]> {
  const { path, type, size } = file;
  if (type !== 'file') return [];
  const findings: LintFinding[] = mounted.test(path)
    ? [report('OPT_ML_FILES', `/${path}, ${size} bytes`, path)]
    : [];
  return [...findings, ...(await lintContent(file, image.platform))];
}

/** Without an entry point the words `train` and `serve` are programs; with one, its first word is. */
function lintPrograms({ config }: Image, files: ReadonlyMap<string, Known>): readonly LintFinding[] {
  const { Entrypoint, Env = [], WorkingDir = '/' } = config.config ?? {};
  const search = (
    Env.find((line) => line.startsWith('PATH=')) ??
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  ).slice(5);
  const [program] = Entrypoint ?? [];
  return (program === undefined ? ['train', 'serve'] : [program]).flatMap((name) => {
    const candidates = name.includes('/')
      ? [name.startsWith('/') ? name : `${WorkingDir}/${name}`]
      : search.split(':').map((folder) => `${folder}/${name}`);
    const found = candidates.flatMap((candidate) => resolve(candidate, files) ?? []);
    if (found.some(({ mode }) => (mode & 0o111) !== 0)) return [];
    const why =
      found.length > 0
        ? 'is not executable'
        : name.includes('/')
          ? 'is not in the image'
          : `is in no folder of the PATH (${search})`;
    return [report('PROGRAM', `"${name}" ${why}`, name)];
  });
}

/** Follows symbolic links, of folders too, as far as the kernel would. */
function resolve(path: string, files: ReadonlyMap<string, Known>, hops = 40): Known | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const known = files.get(parts.slice(0, depth).join('/'));
    const target = known?.type === 'symlink' ? known.linkTarget : undefined;
    if (target === undefined) continue;
    if (hops === 0) return undefined;
    const from = target.startsWith('/') ? [] : parts.slice(0, depth - 1);
    return resolve(normalize([...from, ...target.split('/'), ...parts.slice(depth)]), files, hops - 1);
  }
  const known = files.get(parts.join('/'));
  if (known?.type === 'link') return resolve(known.linkTarget ?? '', files, hops - 1);
  return known?.type === 'file' ? known : undefined;
}

function normalize(parts: readonly string[]): string {
  const kept: string[] = [];
  for (const part of parts) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return kept.join('/');
}
