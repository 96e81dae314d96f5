import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '../../test/any-text.ts';
import { createMask, maskEntries } from './mask-secrets.ts';

const secret = 'p"ä ß/\\s+w&rd';
const mask = createMask({
  environment: { DB_PASSWORD: secret },
  hyperparameters: { api_key: '"from-the-sdk"' },
});

test.each([
  ['as it stands', secret],
  ['in JSON', JSON.stringify(secret).slice(1, -1)],
  ['in JSON in JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
  ["in Python's JSON", 'p\\"\\u00e4 \\u00df/\\\\s+w&rd'],
  ['in a URL', encodeURIComponent(secret)],
  ['in a URL in lower case', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
  ['in a form', new URLSearchParams({ a: secret }).toString().slice(2)],
  ['without the quotes of the Python SDK', 'from-the-sdk'],
])('a secret is masked %s', (_, spelling) => {
  expect(mask(`before ${spelling} after`)).toBe('before *** after');
});

test('secrets that overlap leave nothing of either', () => {
  const both = createMask({ environment: { A_TOKEN: 'abcdef', B_TOKEN: 'efghijkl' } });

  expect(both('<abcdefghijkl>')).toBe('<***>');
});

test('a secret within another leaves nothing of the longer', () => {
  const both = createMask({ environment: { A_TOKEN: 'abcdefghijkl', B_TOKEN: 'cdefgh' } });

  expect(both('<abcdefghijkl>')).toBe('<***>');
});

test('each line of a secret of several lines is masked', () => {
  const pem = createMask({ environment: { PRIVATE: 'first line\nsecond line' } });

  expect(pem('got "second line"')).toBe('got "***"');
});

test('a value of fewer than 6 characters is not looked for, but hidden in a report', () => {
  const environment = { AUTH: 'true', MODE: 'true' };

  expect(createMask({ environment })('it is true')).toBe('it is true');
  expect(maskEntries(environment)).toEqual({ AUTH: '***', MODE: 'true' });
});

test('a report also masks a secret that stands in the value of another name', () => {
  expect(maskEntries({ TOKEN: 'abcdefgh', COMMAND: 'login --with abcdefgh', EMPTY: undefined })).toEqual({
    TOKEN: '***',
    COMMAND: 'login --with ***',
  });
});

test.each([
  ['id AKIAIOSFODNN7EXAMPLE!', 'id ***!'],
  ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'aws_secret_access_key = ***'],
  ['{"aws_session_token": "IQoJb3JpZ2luX2VjEXAMPLE"}', '{"aws_session_token": "***"}'],
  ['Authorization: Bearer abcdefghijklmnop.qrst', 'Authorization: Bearer ***'],
  ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic ***'],
  [`use hf_${'a'.repeat(34)}`, 'use ***'],
  [`use ghp_${'a'.repeat(36)}`, 'use ***'],
  ['https://user:pass@example.com/a', 'https://user:***@example.com/a'],
  ['postgres://user:p@ss@db:5432/a', 'postgres://user:***@db:5432/a'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----.', '***.'],
])('%s is known by its shape', (text, masked) => {
  expect(createMask({ environment: {} })(text)).toBe(masked);
});

test('no secret survives', () => {
  const value = anyText({ minLength: 6, maxLength: 30 }).filter((text) => !text.includes('*'));
  const piece = fc.oneof(anyText(), fc.constant(undefined));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), fc.array(piece), (values, pieces) => {
      const environment = Object.fromEntries(values.map((text, index) => [`TOKEN_${index}_SECRET`, text]));
      const text = pieces.map((part, index) => part ?? values[index % values.length]).join('');

      const masked = createMask({ environment })(text);

      for (const text of values) expect(masked).not.toContain(text);
      expect(createMask({ environment })(masked)).toBe(masked);
    }),
  );
});

test('a text without secrets stays as it is', () => {
  const unrelated = createMask({ environment: { TOKEN: 'Ω-never-made-Ω' } });
  fc.assert(
    fc.property(fc.lorem({ mode: 'sentences' }), anyText(), (words, text) => {
      expect(unrelated(words)).toBe(words);
      expect(unrelated(text)).toBe(text);
    }),
  );
});

test.each([
  'eyJ',
  '-----BEGIN PRIVATE KEY-----',
  '://a:',
  'aws_secret_access_key=',
  'hf_a',
  'sk-a-',
  'bearer ',
  'aaaaaab',
])('a million characters of "%s" are masked in linear time', (piece) => {
  const linear = createMask({ environment: { TOKEN: 'aaaaaaaaaaaa' } });
  const text = piece.repeat(Math.ceil(1_000_000 / piece.length));

  // Quadratic time would exceed the time limit of a test many times over.
  expect(linear(text).length).toBeGreaterThan(0);
});
