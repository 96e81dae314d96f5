/** `.dockerignore` means here what it means to `docker build`. */

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { amd64, makeFolder } from '../../test/make-folder.ts';
import { readLayerEntries } from '../layers/read-layer-entries.ts';
import { buildImage } from './build-image.ts';
import { createIgnoreRules, readIgnoreFile } from './read-ignore-file.ts';

/** Each from the reference of the Dockerfile, "`.dockerignore` file". */
test.each([
  ['*/temp*', 'somedir/temporary.txt', true],
  ['*/temp*', 'temporary.txt', false],
  ['*/*/temp*', 'somedir/subdir/temporary.txt', true],
  ['temp?', 'tempa', true],
  ['temp?', 'temp', false],
  ['**/*.go', 'a/b/c.go', true],
  ['**/*.go', 'c.go', true],
  ['# comment', '# comment', false],
  ['/foo/bar', 'foo/bar', true],
  ['node_modules', 'a/node_modules', false],
  ['**/node_modules', 'a/node_modules/b', true],
  ['*.md\n!README.md', 'README.md', false],
  ['*.md\n!README*.md\nREADME-secret.md', 'README-secret.md', true],
  ['*.md\nREADME-secret.md\n!README*.md', 'README-secret.md', false],
  ['Secret', 'secret', false],
])('%j decides over %s: ignored is %s', (text, path, ignored) => {
  expect(
    createIgnoreRules(text, { folder: '/context', where: 'the rules file' }).ignores(join('/context', path)),
  ).toBe(ignored);
});

test('a part of an ignored folder can be taken back in', async () => {
  const folder = await makeFolder({
    '.dockerignore': 'dist\n!dist/main.js\n',
    'dist/main.js': '',
    'dist/main.test.js': '',
    'other.js': '',
  });

  const image = await buildImage({
    platform: amd64,
    layers: [{ kind: 'application', files: [{ from: folder, to: '/app' }] }],
    ignore: await readIgnoreFile(folder),
    layerDirectory: folder,
  });

  const paths = [];
  for (const layer of image.layers) for await (const { path } of readLayerEntries(layer)) paths.push(path);
  expect(paths).toEqual(['app', 'app/.dockerignore', 'app/dist', 'app/dist/main.js', 'app/other.js']);
});

test('a folder without the file ignores nothing', async () => {
  expect(await readIgnoreFile(await makeFolder())).toBeUndefined();
});

test('an invalid pattern is refused with the place where it stands', () => {
  expect(() =>
    createIgnoreRules('a[', { folder: '/context', where: 'the rules file' }).ignores('/context/a'),
  ).toThrow(
    expect.objectContaining({
      code: 'BUILD_INVALID',
      message: expect.stringContaining('the rules file has an invalid pattern'),
    }),
  );
});
