/** References are read as Docker reads them. */

import { join, relative } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeFolder } from '../../test/make-folder.ts';
import { ImageError } from '../errors.ts';
import {
  findNames,
  formatReference,
  parseImageLocation,
  parseReference,
  splitImageName,
} from './reference.ts';

const digest = `sha256:${'0'.repeat(64)}`;

test.each([
  ['node', { host: 'registry-1.docker.io', repository: 'library/node', tag: 'latest' }],
  ['node:24-slim', { host: 'registry-1.docker.io', repository: 'library/node', tag: '24-slim' }],
  ['docker.io/team/app:1', { host: 'registry-1.docker.io', repository: 'team/app', tag: '1' }],
  ['localhost/app', { host: 'localhost', repository: 'app', tag: 'latest' }],
  ['127.0.0.1:5000/a/b:c', { host: '127.0.0.1:5000', repository: 'a/b', tag: 'c' }],
  ['[::1]:5000/app', { host: '[::1]:5000', repository: 'app', tag: 'latest' }],
  [`registry.example.com/app@${digest}`, { host: 'registry.example.com', repository: 'app', digest }],
  [
    `registry.example.com/app:1@${digest}`,
    { host: 'registry.example.com', repository: 'app', tag: '1', digest },
  ],
])('%s is read', (text, reference) => {
  expect(parseReference(text)).toEqual(reference);
});

test.each([
  ['', 'is not a valid repository name'],
  ['App', '"App" is not a valid repository name'],
  ['app:', '"" is not a valid tag'],
  ['app:a b', '"a b" is not a valid tag'],
  ['app@sha256:1', '64 hexadecimal digits'],
  ['a//b', 'is not a valid repository name'],
  ['http://example.com/app', 'is not a valid'],
  ['example.com:port/app', 'is not a valid host'],
])('"%s" is refused, and the wrong part is quoted', (text, what) => {
  expect(() => parseReference(text)).toThrow(
    expect.objectContaining({ code: 'REFERENCE_INVALID', message: expect.stringContaining(what) }),
  );
});

test('any text is read, and written back as one that means the same, or refused with a code', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('a', 'b', '0', '.', '-', '_', '/', ':', '@', 'A', '[', ']') }),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      try {
        const reference = parseReference(candidate);
        expect(parseReference(formatReference(reference))).toEqual(reference);
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        expect(error.code).toBe('REFERENCE_INVALID');
      }
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['scratch', { kind: 'scratch' }],
  ['oci:out', { kind: 'oci', path: 'out' }],
  ['oci:/tmp/out:1.0', { kind: 'oci', path: '/tmp/out:1.0' }],
  ['docker:image.tar', { kind: 'docker', path: 'image.tar' }],
  ['docker:dir/image.tar:team/app:1', { kind: 'docker', path: 'dir/image.tar:team/app:1' }],
  ['example.com/x.tar:3', { kind: 'registry', host: 'example.com', repository: 'x.tar', tag: '3' }],
  ['alpine:3', { kind: 'registry', host: 'registry-1.docker.io', repository: 'library/alpine', tag: '3' }],
])('%s says where an image is', (text, location) => {
  expect(parseImageLocation(text)).toEqual(location);
});

test('a place without a path is refused', () => {
  expect(() => parseImageLocation('oci:')).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
});

test.each([
  ['docker-archive:x.tar', 'docker:x.tar'],
  ['docker-archive:x.tar:app:1', 'docker:x.tar:app:1'],
  ['oci-archive:dir/x.tar', 'docker:dir/x.tar'],
  ['docker-daemon:app:1', 'daemon:app:1'],
  ['docker://example.com/app:1', 'example.com/app:1'],
  ['x.tar', 'docker:x.tar'],
  ['dir/x.tar.gz:app', 'docker:dir/x.tar.gz:app'],
  ['./image', 'oci:./image for an OCI layout, or docker:./image for an archive'],
  ['/tmp/image', 'oci:/tmp/image for an OCI layout, or docker:/tmp/image for an archive'],
])('"%s" is refused, and what was meant is suggested', (text, meant) => {
  expect(() => parseImageLocation(text)).toThrow(`"${text}" does not name an image: write it as ${meant}`);
});

test('a path ends at the first colon before which something exists', async () => {
  const folder = await makeFolder({ 'image.tar': '', 'a:b/image.tar': '', 'c:d': '' });
  const split = async (text: string) => {
    const { path, name } = await splitImageName(join(folder, text));
    return [relative(folder, path), name];
  };

  expect(await split('image.tar')).toEqual(['image.tar', undefined]);
  expect(await split('a:b/image.tar')).toEqual(['a:b/image.tar', undefined]);
  expect(await split('image.tar:1')).toEqual(['image.tar', '1']);
  expect(await split('image.tar:localhost:5000/team/app:1')).toEqual([
    'image.tar',
    'localhost:5000/team/app:1',
  ]);
  expect(await split('a:b/image.tar:app:1')).toEqual(['a:b/image.tar', 'app:1']);
  expect(await split('c:d')).toEqual(['c:d', undefined]);
  expect(await split('missing.tar:app:1')).toEqual(['missing.tar:app:1', undefined]);
});

test.each([
  ['app:1', ['app:1', 'docker.io/library/app:1'], ['app:1']],
  ['app:1', ['docker.io/library/app:1', 'other:1'], ['docker.io/library/app:1']],
  ['docker.io/team/app:1', ['team/app:1'], ['team/app:1']],
  ['app', ['app:latest', 'app:1'], ['app:latest']],
  ['1', ['team/app:1', 'team/other:1', 'team/app:2'], ['team/app:1', 'team/other:1']],
  ['2', ['2', 'team/app:2'], ['2']],
  ['5000/app', ['localhost:5000/app'], []],
  ['other', ['app:1'], []],
])('"%s" among %j names %j', (wanted, names, found) => {
  expect(findNames(names, wanted)).toEqual(found);
});
