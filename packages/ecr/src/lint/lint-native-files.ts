/** Rules on what the loader of Linux will load: programs, native modules of Node, and the libraries that these need. */

import { posix } from 'node:path';
import type { Image } from '@optml/image';
import type { FileFacts, FileTree } from '@optml/image/layers';
import { readNamedPlatform } from '@optml/image/native';
import { type LintFinding, report } from './finding.ts';
import { findFile } from './lint-programs.ts';

/**
 * Follows the needs of `programs` and of the modules that Node would pick on the platform of the image; what nobody
 * loads is not judged, whatever it is for.
 */
export function lintNativeFiles(
  image: Pick<Image, 'platform'>,
  tree: FileTree<FileFacts>,
  programs: readonly string[],
): readonly LintFinding[] {
  const { architecture } = image.platform;
  const loading = createLoading(tree);
  for (const path of programs) {
    const file = findFile(tree, path);
    const own = file?.elf?.architecture;
    // A kernel for amd64 runs programs for 386, with libraries for 386.
    const wanted = architecture === 'amd64' && own === '386' ? '386' : architecture;
    if (file !== undefined) loading.load(file, wanted);
  }
  for (const file of listModules(image, tree, loading.byName)) loading.load(file, architecture);
  return [
    ...summarize('NATIVE_ARCHITECTURE', loading.foreign, `and the image is for ${architecture}`),
    ...summarize('LIBRARY_MISSING', loading.missing, 'which the image does not have'),
  ];
}

interface Problem {
  readonly path: string;
  readonly what: string;
}

/** One finding, with a count and three examples. */
function summarize(
  code: 'NATIVE_ARCHITECTURE' | 'LIBRARY_MISSING',
  problems: readonly Problem[],
  end: string,
): readonly LintFinding[] {
  const [first] = problems;
  if (first === undefined) return [];
  const examples = problems.slice(0, 3).map(({ what }) => what);
  const count = problems.length > 3 ? `${problems.length} cases, among them ` : '';
  return [report(code, `${count}${examples.join(', ')}, ${end}`, first.path)];
}

/** The libraries of a name, wherever they are: search paths are set in too many ways to be followed. */
type ByName = ReadonlyMap<string, readonly string[]>;

interface Loading {
  readonly byName: ByName;
  readonly foreign: readonly Problem[];
  readonly missing: readonly Problem[];
  load(file: FileFacts, architecture: string): void;
}

/** What the driver of a GPU brings into the container when it starts. */
const ofDriver = /^lib(?:cuda|nvidia|nvcuvid|nvoptix|cudadebugger|EGL_nvidia|GLX_nvidia|nrt|neuron)/;

function createLoading(tree: FileTree<FileFacts>): Loading {
  const byName = indexLibraries(tree);
  const seen = new Set<string>();
  const foreign: Problem[] = [];
  const missing: Problem[] = [];
  const load = (file: FileFacts, architecture: string) => {
    if (seen.has(file.path)) return;
    seen.add(file.path);
    const { path, elf, foreignFormat } = file;
    const is = foreignFormat === undefined ? elf?.architecture : systemOf[foreignFormat];
    if (is === undefined) return;
    if (is !== architecture) {
      foreign.push({ path, what: `/${path} is for ${is === 'unknown' ? 'another machine' : is}` });
      return;
    }
    const { loader, needed = [] } = elf ?? {};
    if (loader !== undefined && findFile(tree, loader) === undefined)
      missing.push({ path, what: `/${path} needs ${loader}` });
    for (const name of needed) {
      const libraries = listLibraries(tree, byName, { name, near: path });
      const [library] = [
        ...libraries.filter(({ elf: other }) => other?.architecture === architecture),
        ...libraries,
      ];
      if (library !== undefined) load(library, architecture);
      else if (!ofDriver.test(name)) missing.push({ path, what: `/${path} needs ${name}` });
    }
  };
  return { byName, foreign, missing, load };
}

const systemOf = { 'Mach-O': 'macOS', PE: 'Windows' } as const;

function indexLibraries(tree: FileTree<FileFacts>): ByName {
  const byName = new Map<string, string[]>();
  for (const { path, type } of tree.entries()) {
    const name = posix.basename(path);
    if (type === 'directory' || !/\.so(?:\.|$)|^ld-/.test(name)) continue;
    byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  return byName;
}

/** Those beside the file first, as packages set them up. */
function listLibraries(
  tree: FileTree<FileFacts>,
  byName: ByName,
  { name, near }: { readonly name: string; readonly near: string },
): readonly FileFacts[] {
  const folder = posix.dirname(near);
  const paths = [...(byName.get(posix.basename(name)) ?? [])];
  paths.sort(
    (left, right) => Number(posix.dirname(right) === folder) - Number(posix.dirname(left) === folder),
  );
  return paths.flatMap((path) => findFile(tree, path) ?? []);
}

/** The `.node` files of the image but those that their names give to another system, processor or C library. */
function* listModules(
  { platform }: Pick<Image, 'platform'>,
  tree: FileTree<FileFacts>,
  byName: ByName,
): Generator<FileFacts> {
  const libc = [...byName.keys()].some((name) => name.startsWith('ld-musl-')) ? 'musl' : 'glibc';
  for (const { path, type } of tree.entries()) {
    if (type === 'directory' || !path.endsWith('.node')) continue;
    const { systems, architectures, libcs } = readNamedPlatform(path);
    const isOther =
      (systems.size > 0 && !systems.has(platform.os)) ||
      (architectures.size > 0 && !architectures.has(platform.architecture)) ||
      (libcs.size > 0 && !libcs.has(libc));
    const file = isOther ? undefined : findFile(tree, path);
    if (file !== undefined) yield file;
  }
}
