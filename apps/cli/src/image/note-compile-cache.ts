/** Says of an image that names a folder for V8's compile cache that nothing lies there, and why. */

import type { ImageDeclaration } from './read-image-declaration.ts';

/** The line, or `undefined` where no cache is named, or one is among the declared files. */
export function noteCompileCache({
  environment = {},
  files,
}: Pick<ImageDeclaration, 'environment' | 'files'>): string | undefined {
  const { NODE_COMPILE_CACHE: folder } = environment;
  if (folder === undefined || files.some(({ to }) => `${to}/`.startsWith(`${folder}/`))) return undefined;
  // docs/decisions/compile-cache.md
  return `left out V8's compile cache, ${folder}: it differs each time, and the same files must give the same digest; only an image that is built in a container has one`;
}
