import { expect, test } from 'vitest';
import { createQuarantine, nameBody } from './quarantine.ts';

const request = (body: string | Uint8Array) => ({
  requestId: 'x',
  body,
  contentType: 'text/csv',
  accept: undefined,
  customAttributes: undefined,
  headers: {},
});

test('a body is refused after it has ended two workers, and suspected after one', () => {
  const quarantine = createQuarantine();
  const name = nameBody(request('1'));

  const before = quarantine.check(request('1'));
  quarantine.accuse(name);
  const once = quarantine.check(request('1'));
  quarantine.accuse(name);

  expect([before, once]).toEqual([undefined, name]);
  expect(() => quarantine.check(request('1'))).toThrow(/has ended 2 workers/);
  expect(quarantine.check(request('2'))).toBeUndefined();
});

test('a body that did no harm alone is forgotten', () => {
  const quarantine = createQuarantine();
  quarantine.accuse(nameBody(request('1')));

  quarantine.acquit(nameBody(request('1')));

  expect(quarantine.check(request('1'))).toBeUndefined();
});

test('no more than a thousand bodies are remembered', () => {
  const quarantine = createQuarantine();
  const bodies = Array.from({ length: 1_001 }, (_, index) => request(`${index}`));

  for (const body of bodies) quarantine.accuse(nameBody(body));

  expect(bodies.filter((body) => quarantine.check(body) !== undefined)).toHaveLength(1_000);
});

test('large bodies of one length that differ at an end have different names', () => {
  const [a, b, c] = [new Uint8Array(100_000), new Uint8Array(100_000), new Uint8Array(100_000)];
  b[0] = 1;
  c[99_999] = 1;

  expect(new Set([a, b, c].map((body) => nameBody(request(body)))).size).toBe(3);
});
