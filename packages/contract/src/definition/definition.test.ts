import { expect, test } from 'vitest';
import { describeDefaultExport, findMisspelling, isDefinition, markDefinition } from './definition.ts';

test('a definition is known by its kind, and so is what is spread from it', () => {
  const definition = markDefinition('training', { run: () => undefined });

  expect(isDefinition(definition, 'training')).toBe(true);
  expect(isDefinition({ ...definition, channels: {} }, 'training')).toBe(true);
  expect(isDefinition(definition, 'predictor')).toBe(false);
});

test.each([undefined, null, 5, 'training', {}, { kind: 'training' }, () => undefined])(
  '%s is not a definition',
  (value) => {
    expect(isDefinition(value, 'training')).toBe(false);
  },
);

test.each([
  [{}, 'it has no default export'],
  [{ default: undefined }, 'its default export is undefined'],
  [{ default: 5 }, 'its default export is 5'],
  [{ default: () => undefined }, 'its default export is a function'],
  [{ default: Promise.resolve() }, 'its default export is a promise: await it'],
  [{ default: [1] }, 'its default export is an array'],
  [{ default: {} }, 'its default export is an empty object'],
  [{ default: { run: 1, metrics: 2 } }, 'its default export is an object with run, metrics'],
  [
    { default: { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 } },
    'its default export is an object with a, b, c, d, e, ...',
  ],
  [{ default: markDefinition('predictor', {}) }, 'its default export is a predictor definition'],
])('of %s it says that %s', (module, description) => {
  expect(describeDefaultExport(module)).toBe(description);
});

test.each([
  [{ session: 1 }, 'session is unknown: did you mean sessions?'],
  [{ Sessions: 1 }, 'Sessions is unknown: did you mean sessions?'],
  [{ run: 1, sesions: 1 }, 'sesions is unknown: did you mean sessions?'],
  [{ sessions: 1, session: 1 }, undefined],
  [{ ran: 1, mine: 1, processions: 1 }, undefined],
  [{}, undefined],
])('of the members %j it says %j', (members, said) => {
  expect(findMisspelling(members, ['run', 'sessions'])).toBe(said);
});
