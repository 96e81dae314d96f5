import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findNamedMediaType, negotiateMediaType } from './negotiate-media-type.ts';

const csv = 'text/csv';
const json = 'application/json';
const lines = 'application/jsonlines';
const available = [csv, json, lines];

test.each<[string | undefined, string | undefined]>([
  [undefined, csv],
  ['', csv],
  [' , ', csv],
  ['*/*', csv],
  ['*', csv],
  ['application/json', json],
  ['APPLICATION/JSON', json],
  ['application/*', json],
  ['text/*', csv],
  ['image/png', undefined],
  ['image/png, */*;q=0.1', csv],
  ['text/csv;q=0.5, application/json', json],
  ['text/csv;q=0.5, application/json;q=0.5', csv],
  ['application/json;q=0.5, text/csv;q=0.5', json],
  ['*/*, application/jsonlines', lines],
  ['application/*;q=0.9, application/json;q=0.1', lines],
  ['text/csv;q=0, */*', json],
  ['text/csv;q=0', undefined],
  ['*/*;q=0', undefined],
  ['*/*;q=0, application/json', json],
  ['text/html, image/gif, *; q=.2, */*; q=.2', csv],
  ['application/json; charset=utf-8', json],
  ['application/json;charset="utf-8";q=0.2, text/csv;charset=utf-8;q=0.8', csv],
  ['text/csv ; q = 0.1 , application/json ; Q=0.2', json],
  ['application/json;verbose=true, text/csv;q=0.9', json],
  ['image/png;x="a, text/csv, b", application/json', json],
  ['json', json],
  ['CSV;q=0.5, jsonlines', lines],
  ['pickle', undefined],
  ['text/csv;q=high, application/json;q=0.1', json],
  ['text/csv;q=', undefined],
  ['text/csv;q=-1', undefined],
  [';;;,,/,//, "', undefined],
])('answers Accept %j with %j', (accept, expected) => {
  expect(negotiateMediaType(accept, available)).toBe(expected);
});

test.each([
  ['application/json;verbose=true', 'application/json;verbose=true'],
  ['application/json;VERBOSE="true"', 'application/json;verbose=true'],
  ['application/json', 'application/json'],
  ['application/json;verbose=false', undefined],
])('tells available types apart by the parameters they carry: %j', (accept, expected) => {
  expect(negotiateMediaType(accept, ['application/json', 'application/json;verbose=true'])).toBe(expected);
});

test.each<[string, string | undefined]>([
  ['text/csv', csv],
  ['TEXT/CSV; charset=utf-8', csv],
  ['text/csv, application/json', csv],
  ['text/csv;q=0.2, application/json', json],
  ['application/json, text/plain, */*', json],
  ['*/*, image/webp;q=0.1', 'image/webp'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', 'text/html'],
  ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'text/html'],
  ['json;q=0.5, csv', csv],
  ['npy', 'application/x-npy'],
  ['pickle', undefined],
  ['application/json;q=0, text/csv;q=0.1', csv],
  ['application/json;q=0', undefined],
  ['*/*;q=0.8', undefined],
  ['*', undefined],
  ['text/*', undefined],
  ['', undefined],
  ['text/csv;q=high, application/json;q=0.1', json],
  [';;;,,/,//, "', undefined],
])('finds in Accept %j the type that it names most plainly: %j', (accept, expected) => {
  expect(findNamedMediaType(accept, [...available, 'application/x-npy'])).toBe(expected);
});

test('finds nothing among no types', () => {
  expect(negotiateMediaType(undefined, [])).toBeUndefined();
  expect(negotiateMediaType('*/*', [])).toBeUndefined();
});

test('never throws, and answers with an available type or nothing', () => {
  const piece = fc.constantFrom(
    'text/csv',
    '*/*',
    'q=',
    '0.5',
    'x',
    ';',
    ',',
    '=',
    '"',
    '\\',
    ' ',
    '*',
    '/',
    'é',
    '\n',
    '\0',
    'Ā',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const chosen = negotiateMediaType(pieces.join(''), available);

      expect([...available, undefined]).toContain(chosen);
      expect(findNamedMediaType(pieces.join(''), available) ?? csv).toMatch(/^[^\s,;*/]+\/[^\s,;*/]+$/);
    }),
    { numRuns: 3000 },
  );
});
