import { expect, test } from 'vitest';
import { assertRepositoryName } from './assert-names.ts';

test.each(['a', 'Iris', 'iris/', '/iris', 'iris:1', 'a..b', 'x'.repeat(257), 'a b', ''])(
  '%j is not a name',
  (name) => {
    expect(() => assertRepositoryName(name)).toThrow('is not a valid repository name');
  },
);

test.each(['ab', 'team/iris', 'a.b_c-d', 'a__b', 'a--b', '0/1/2'])('%j is a name', (name) => {
  expect(() => assertRepositoryName(name)).not.toThrow();
});
