import { expect, test } from 'vitest';
import { noteCompileCache } from './note-compile-cache.ts';

const environment = { NODE_COMPILE_CACHE: '/app/compile-cache' };

test('a compile cache that is named and not made is said', () => {
  const note = noteCompileCache({ environment, files: [{ from: 'dist', to: '/app/dist' }] });

  expect(note).toContain("left out V8's compile cache, /app/compile-cache");
});

test.each([
  ['no cache is named', { files: [{ from: 'dist', to: '/app' }] }],
  ['the project brings its own', { environment, files: [{ from: 'cache', to: '/app/compile-cache/' }] }],
])('nothing is said where %s', (_, declaration) => {
  expect(noteCompileCache(declaration)).toBeUndefined();
});
