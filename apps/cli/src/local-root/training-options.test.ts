import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CliError } from '../errors.ts';
import { parseTrainingOptions } from './training-options.ts';

test('a value may hold further equals signs, and be empty', () => {
  const { channels, hyperparameters } = parseTrainingOptions({
    input: ['training=/data/a=b'],
    hyperparameter: ['expression=a=b', 'empty='],
  });

  expect([...channels]).toEqual([['training', '/data/a=b']]);
  expect([...hyperparameters]).toEqual([
    ['expression', 'a=b'],
    ['empty', ''],
  ]);
});

test('any name without an equals sign comes back with any value', () => {
  const name = fc.string({ minLength: 1, maxLength: 256 }).filter((text) => !text.includes('='));
  const assignments = fc.uniqueArray(fc.tuple(name, fc.string({ maxLength: 2_500 })), {
    selector: ([key]) => key,
  });
  fc.assert(
    fc.property(assignments, (pairs) => {
      const texts = pairs.map(([key, value]) => `${key}=${value}`);

      const { hyperparameters } = parseTrainingOptions({ input: [], hyperparameter: texts });

      expect([...hyperparameters]).toEqual(pairs);
    }),
  );
});

test('any other text is parsed or refused with a code', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (texts) => {
      try {
        parseTrainingOptions({ input: texts, hyperparameter: texts });
      } catch (error) {
        expect(error).toBeInstanceOf(CliError);
      }
    }),
  );
});

test.each([
  { input: 'training', says: '--input "training" has no "=": give CHANNEL=PATH' },
  { input: '=data', says: '--input "=data" has no name before the "=": give CHANNEL=PATH' },
  { input: 'training=', says: '--input "training=": the path is empty: give a file or a folder' },
  {
    input: 'my data=x',
    says: '--input "my data=x": the channel name "my data" may hold only letters, digits, ".", "_" and "-"',
  },
  { input: '..=x', says: /the channel name "\.\." may hold only/ },
  { input: 'a/b=x', says: /the channel name "a\/b" may hold only/ },
  { input: `${'c'.repeat(65)}=x`, says: /the channel name has 65 characters: SageMaker allows 64$/ },
])('--input $input is refused', ({ input, says }) => {
  const parse = () => parseTrainingOptions({ input: [input], hyperparameter: [] });

  expect(parse).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  expect(parse).toThrow(says);
});

test('the same channel twice is refused with both paths', () => {
  const parse = () => parseTrainingOptions({ input: ['training=a', 'training=b'], hyperparameter: [] });

  expect(parse).toThrow('--input names the channel "training" twice, as "a" and as "b": give it once');
});

test.each([
  { texts: ['max_depth'], says: '--hyperparameter "max_depth" has no "=": give NAME=VALUE' },
  { texts: ['=3'], says: '--hyperparameter "=3" has no name before the "="' },
  {
    texts: ['max_depth=3', 'max_depth=4'],
    says: '--hyperparameter names the hyperparameter "max_depth" twice, as "3" and as "4": give it once',
  },
  {
    texts: [`v=${'x'.repeat(2_501)}`],
    says: '--hyperparameter "v": the value has 2501 characters: SageMaker allows 2500',
  },
  { texts: [`${'n'.repeat(257)}=x`], says: 'the name has 257 characters: SageMaker allows 256' },
])('hyperparameters of $says are refused', ({ texts, says }) => {
  const parse = () => parseTrainingOptions({ input: [], hyperparameter: texts });

  expect(parse).toThrow(expect.objectContaining({ code: 'HYPERPARAMETER_INVALID' }));
  expect(parse).toThrow(says);
});
