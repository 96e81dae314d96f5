/** Gives files the `require` that packages in the older module format call. */

import type { OutputFile } from 'esbuild';

/**
 * Few files call it at a start, which would have to load what makes one, and make it, for every file. On one line, for
 * the sake of line numbers.
 */
export const lateRequire = [
  "const require = new Proxy(() => process.getBuiltinModule('node:module').createRequire(import.meta.url), {",
  'apply: (make, _this, words) => make()(...words), get: (make, key) => make()[key] });',
].join(' ');

/** Takes it from files that never name it. */
export function dropUnusedRequire(files: readonly OutputFile[]): OutputFile[] {
  return files.map((file) => {
    if (!file.path.endsWith('.js') || !file.text.startsWith(lateRequire)) return file;
    const rest = file.text.slice(lateRequire.length);
    if (/\brequire\b/.test(rest)) return file;
    // The empty line stays, for the source map.
    return { ...file, text: rest, contents: new TextEncoder().encode(rest) };
  });
}
