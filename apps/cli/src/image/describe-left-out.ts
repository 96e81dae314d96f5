/** Says what a build left out of the image. */

import { relative, sep } from 'node:path';

/**
 * What is for other platforms: a line for each package of `paths`, which may bring dozens of files, and for each path
 * that is in none. They are said from `folder`.
 */
export function describeLeftOut(paths: readonly string[], folder: string): readonly string[] {
  const byPackage = new Map<string, string[]>();
  for (const path of paths) {
    const name = findPackage(relative(folder, path));
    byPackage.set(name, [...(byPackage.get(name) ?? []), relative(folder, path)]);
  }
  return [...byPackage].map(([name, [first, ...others]]) => {
    if (first === undefined || others.length === 0) return `left out ${first}: it is for another platform`;
    const example = first.slice(name.length + 1);
    return `left out ${others.length + 1} files or folders of ${name}, for example ${example}: they are for other platforms`;
  });
}

/** Images that earlier builds wrote: one line for all, each once. */
export function describeEarlier(paths: readonly string[], folder: string): readonly string[] {
  const names = [...new Set(paths)].map((path) => relative(folder, path)).sort();
  if (names.length === 0) return [];
  const shown =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return [
    `left out ${shown}: written by an earlier build; to copy it anyway, declare it by its own path in optml.image.files`,
  ];
}

/** `a/node_modules/@scope/name` of a path in it; of any other path, the path. */
function findPackage(path: string): string {
  const parts = path.split(sep);
  const at = parts.lastIndexOf('node_modules') + 1;
  if (at === 0) return path;
  return parts.slice(0, at + (parts[at]?.startsWith('@') === true ? 2 : 1)).join(sep);
}
