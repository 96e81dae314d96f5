import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '../../test/any-text.ts';
import { createMask } from '../job/mask-secrets.ts';
import { composeReason } from './compose-reason.ts';

const plain = (text: string) => text;

test('the most important comes first', () => {
  const reason = composeReason(
    {
      failureClass: 'AlgorithmError',
      cause: 'TypeError: labels are missing',
      hint: 'look at column 4',
      host: 'algo-2',
      frames: ['src/train.ts:12:5', 'src/read.ts:3:1'],
      lastLines: ['epoch 1', 'epoch 2'],
    },
    plain,
  );

  expect(reason).toBe(
    [
      'AlgorithmError: TypeError: labels are missing (at src/train.ts:12:5)',
      'hint: look at column 4',
      'host: algo-2',
      'at src/read.ts:3:1',
      'last lines:',
      'epoch 1',
      'epoch 2',
    ].join('\n'),
  );
});

test('a cause of 10,000 characters leaves room for the frame, the hint and the last line', () => {
  const reason = composeReason(
    {
      failureClass: 'UserError',
      cause: 'x'.repeat(10_000),
      hint: 'do this',
      frames: ['a.ts:1:2'],
      lastLines: ['the last line'],
    },
    plain,
  );

  expect(reason).toHaveLength(980);
  expect(reason).toContain('x... (at a.ts:1:2)\nhint: do this\nlast lines:\nthe last line');
});

test('a cause alone may take all there is', () => {
  const cause = 'y'.repeat(960);

  expect(composeReason({ failureClass: 'UserError', cause }, plain)).toBe(`UserError: ${cause}`);
});

test('a list of problems becomes one line', () => {
  const cause = '2 problems with the job:\n- one\n- two';

  expect(composeReason({ failureClass: 'UserError', cause }, plain)).toBe(
    'UserError: 2 problems with the job: - one; - two',
  );
});

test('of the last lines the newest are kept, each once, without colours, progress and noise', () => {
  const lastLines = [
    ...Array.from({ length: 100 }, (_, index) => `old line ${index}`),
    'again',
    '\u001b[31mred\u001b[0m',
    '10 %\r50 %\r100 %\r',
    '',
    ' 1: 0x931db0  [node]',
    'again',
  ];

  const reason = composeReason({ failureClass: 'AlgorithmError', cause: 'it broke', lastLines }, plain);

  expect(reason).toMatch(
    /^AlgorithmError: it broke\nlast lines:\nold line \d+\n(?:.*\n)*old line 99\nred\n100 %\nagain$/,
  );
  expect(reason.length).toBeGreaterThan(950);
});

test('what the cause says is not said again', () => {
  const reason = composeReason(
    { failureClass: 'UserError', cause: 'no data', lastLines: ['no data'] },
    plain,
  );

  expect(reason).toBe('UserError: no data');
});

test('a secret that would be cut is masked first', () => {
  const mask = createMask({ environment: { TOKEN: 'abcdefghijklmnop' } });
  const cause = `${'x'.repeat(955)}abcdefghijklmnop`;

  expect(composeReason({ failureClass: 'UserError', cause }, mask)).not.toContain('abc');
});

const text = fc.oneof(
  anyText({ maxLength: 2_000, size: 'max' }),
  fc.string({
    unit: fc.constantFrom('😀', 'a', '\n', '\u001b[1m', '\r', '\ud800'),
    maxLength: 2_000,
    size: 'max',
  }),
);
const parts = fc.record(
  {
    failureClass: fc.constantFrom('UserError' as const, 'OutOfMemory' as const),
    cause: text,
    hint: text,
    host: text,
    frames: fc.array(text, { maxLength: 5 }),
    lastLines: fc.array(text, { maxLength: 5 }),
  },
  { requiredKeys: ['failureClass', 'cause'] },
);

test('any reason fits 980 characters, begins with its class and holds no broken or control character', () => {
  fc.assert(
    fc.property(parts, (value) => {
      const reason = composeReason(value, plain);

      expect(reason.length).toBeLessThanOrEqual(980);
      expect(reason.startsWith(`${value.failureClass}: `)).toBe(true);
      expect(reason).not.toMatch(/\p{Surrogate}|[^\P{Cc}\n]/u);
    }),
  );
});

test('a frame and a hint survive any cause and any lines', () => {
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 5 }), (cause, lastLines) => {
      const value = {
        failureClass: 'UserError' as const,
        cause,
        lastLines,
        hint: 'do this',
        frames: ['a.ts:1:2'],
      };

      const reason = composeReason(value, plain);

      expect(reason).toContain('(at a.ts:1:2)\nhint: do this');
    }),
  );
});

test('no secret survives in a reason', () => {
  const secret = 's3cret/välue+"x"';
  const mask = createMask({ environment: { PASSWORD: secret } });
  const withSecret = fc.tuple(text, text).map(([before, after]) => before + secret + after);
  fc.assert(
    fc.property(withSecret, withSecret, fc.array(withSecret, { maxLength: 3 }), (cause, hint, lastLines) => {
      const reason = composeReason(
        { failureClass: 'UserError', cause, hint, lastLines, frames: [cause] },
        mask,
      );

      expect(reason).not.toContain(secret);
      expect(reason).not.toContain(secret.slice(0, 8));
    }),
  );
});
