import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergePolicy, type PolicyStatement } from './merge-policy.ts';

const pull: PolicyStatement = {
  Sid: 'Pull',
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::222222222222:root' },
  Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
};

test('a repository without a policy gets one', () => {
  expect(JSON.parse(mergePolicy(undefined, [pull]) as string)).toEqual({
    Version: '2012-10-17',
    Statement: [pull],
  });
});

test('a statement replaces the one of its Sid, and the others stay in their places', () => {
  const others = [{ Sid: 'A', Effect: 'Allow' }, { Sid: 'Pull', Effect: 'Deny' }, { Effect: 'Deny' }];
  const text = JSON.stringify({ Version: '2008-10-17', Id: 'x', Statement: others });

  expect(JSON.parse(mergePolicy(text, [pull]) as string)).toEqual({
    Version: '2008-10-17',
    Id: 'x',
    Statement: [others[0], pull, others[2]],
  });
});

test('a policy that says all of it already is left alone, whatever the order of its keys', () => {
  const { Sid, Effect, Principal, Action } = pull;

  expect(
    mergePolicy(JSON.stringify({ Statement: { Action, Principal, Effect, Sid } }), [pull]),
  ).toBeUndefined();
});

test('what was merged once changes nothing when it is merged again', () => {
  const statement = fc.record({
    Sid: fc.stringMatching(/^[A-Za-z0-9]{1,8}$/),
    Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
    Action: fc.constantFrom('ecr:*', 'ecr:PutImage'),
  });
  const statements = fc.uniqueArray(statement, { selector: ({ Sid }) => Sid, maxLength: 6 });
  fc.assert(
    fc.property(statements, statements, (before, given) => {
      const text = mergePolicy(JSON.stringify({ Version: '2012-10-17', Statement: before }), given);
      const merged = text === undefined ? before : JSON.parse(text).Statement;
      expect(merged).toEqual(expect.arrayContaining(given));
      expect(
        mergePolicy(JSON.stringify({ Version: '2012-10-17', Statement: merged }), given),
      ).toBeUndefined();
    }),
  );
});

test.each([
  ['a Sid that is there twice', undefined, [pull, pull], /needs its own "Sid"/],
  ['a policy that is not JSON', 'x', [pull], /not a JSON object/],
  ['a policy that grows too long', undefined, [{ ...pull, Action: 'x'.repeat(10_241) }], /10240/],
] as const)('%s is refused', (_, text, statements, message) => {
  expect(() => mergePolicy(text, statements)).toThrow(message);
});
