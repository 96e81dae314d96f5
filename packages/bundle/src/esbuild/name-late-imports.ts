/**
 * Gives `await import('name')` of a package in the older format its names: in files of its own esbuild exports such a
 * package as `default` alone, where Node also has the names.
 */

import { basename } from 'node:path';
import type { OutputFile } from 'esbuild';

const defaultAlone = /^export default require_\w+\(\);$/m;

/** Gives the files with what their imports lack. */
export function nameLateImports(files: readonly OutputFile[]): OutputFile[] {
  const names = files
    .filter(({ path, text }) => path.endsWith('.js') && defaultAlone.test(text))
    .map(({ path }) => basename(path));
  if (names.length === 0) return [...files];
  const imports = new RegExp(`\\bimport\\("\\./(?:${names.join('|').replaceAll('.', '\\.')})"\\)`, 'g');
  return files.map((file) => {
    if (!file.path.endsWith('.js') || file.text.search(imports) < 0) return file;
    // On the same line, for the source map.
    const text = file.text.replace(imports, '$&.then((m) => ({ ...m.default, default: m.default }))');
    return { ...file, text, contents: new TextEncoder().encode(text) };
  });
}
