/** Says what to do about an import that leads nowhere. */

import { findPackageJSON } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Message } from 'esbuild';

const unexported = /^The path "(.*)" is not exported by package "(.*)"/;
const otherConditions = /^None of the conditions in the package definition \((.*)\) match/;

interface Place extends Pick<Message, 'location' | 'notes'> {
  /** Of the project; absolute. */
  readonly directory: string;
}

/** `specifier` in quotation marks, as esbuild has it. */
export function adviseUnresolved(specifier: string, { location, notes, directory }: Place): string {
  if (/^"[./]/.test(specifier)) return 'no such file: check the path and its suffix';
  const find = (pattern: RegExp) =>
    notes.map(({ text }) => pattern.exec(text)).find((match) => match !== null) ?? [];
  const [, conditions] = find(otherConditions);
  if (conditions !== undefined) {
    return `its package.json exports it for ${conditions} only, and not for Node: import another path of it, or another package`;
  }
  const [, path, name] = find(unexported);
  if (path !== undefined) {
    return `the package ${name} does not export "${path}": import a path that is in "exports" of its package.json`;
  }
  const installed = findFolder(JSON.parse(specifier), join(directory, location?.file ?? 'package.json'));
  if (installed !== undefined) {
    return `it is installed in ${relative(directory, installed)}, and the file is not there: build the package if it is your own, or correct the path`;
  }
  if (location?.file.startsWith('..')) {
    return 'the file lies outside of the project, where its packages are not found: move it in instead of linking it, or install the package there';
  }
  if (specifier.startsWith('"#')) {
    return 'add it to "imports" in package.json, or write the path of the file';
  }
  // The name of a package cannot begin so.
  if (/^"(?:@\/|~)/.test(specifier)) return 'no such file: check its path, and "paths" in tsconfig.json';
  return 'it is not installed: add it to "dependencies" in package.json and install';
}

/** Of the package, whether what is imported is there or not. */
function findFolder(specifier: string, from: string): string | undefined {
  const [, name = ''] = /^((?:@[^/]+\/)?[^@/#~][^/]*)/.exec(specifier) ?? [];
  try {
    const manifest = name === '' ? undefined : findPackageJSON(name, from);
    return manifest && dirname(manifest);
  } catch {
    return undefined;
  }
}
