/** Says what a build left out because it is for other platforms: a line for each package, which may bring dozens. */

import { relative, sep } from 'node:path';

/** Gives a line for each package of `paths`, and for each path that is in none. All are below `folder`, or absolute. */
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

/** `a/node_modules/@scope/name` of a path in it; of any other path, the path. */
function findPackage(path: string): string {
  const parts = path.split(sep);
  const at = parts.lastIndexOf('node_modules') + 1;
  if (at === 0) return path;
  return parts.slice(0, at + (parts[at]?.startsWith('@') === true ? 2 : 1)).join(sep);
}
