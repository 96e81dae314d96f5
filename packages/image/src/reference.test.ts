/** References are read as Docker reads them. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ImageError } from './errors.ts';
import { formatReference, parseImageLocation, parseReference } from './reference.ts';

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
  ['', 'is no repository name'],
  ['App', '"App" is no repository name'],
  ['app:', '"" is no tag'],
  ['app:a b', '"a b" is no tag'],
  ['app@sha256:1', '64 hexadecimal digits'],
  ['a//b', 'is no repository name'],
  ['http://example.com/app', 'is no'],
  ['example.com:port/app', 'is no host'],
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
  ['oci:/tmp/out:1.0', { kind: 'oci', path: '/tmp/out', name: '1.0' }],
  ['docker:image.tar', { kind: 'docker', path: 'image.tar' }],
  ['docker:dir/image.tar:app', { kind: 'docker', path: 'dir/image.tar', name: 'app' }],
  ['alpine:3', { kind: 'registry', host: 'registry-1.docker.io', repository: 'library/alpine', tag: '3' }],
])('%s says where an image is', (text, location) => {
  expect(parseImageLocation(text)).toEqual(location);
});

test('a place without a path is refused', () => {
  expect(() => parseImageLocation('oci:')).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
});
