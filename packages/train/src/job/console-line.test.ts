import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '../../test/any-text.ts';
import { type ConsoleLine, formatConsoleLine, readConsole, takeConsoleLines } from './console-line.ts';

const line = fc.record<ConsoleLine>({
  kind: fc.constantFrom('status', 'failure'),
  text: anyText(),
});

test('what is told in a log comes back, and the log is as it was without it', () => {
  const logs = fc.array(fc.oneof(line, fc.uint8Array()));
  fc.assert(
    fc.property(logs, (pieces) => {
      const bytes = pieces.map((piece) =>
        piece instanceof Uint8Array ? piece : Buffer.from(`${formatConsoleLine(piece)}\n`),
      );

      const taken = takeConsoleLines(Buffer.concat(bytes));

      expect(taken.lines).toEqual(pieces.filter((piece) => !(piece instanceof Uint8Array)));
      expect(taken.log).toEqual(Buffer.concat(pieces.filter((piece) => piece instanceof Uint8Array)));
    }),
  );
});

test.each([
  '\u001b]optml;\u0007\n',
  '\u001b]optml;{"kind":"other","text":""}\u0007\n',
  '\u001b]optml;{}',
  'plain',
])('%j stays in the log', (text) => {
  expect(takeConsoleLines(Buffer.from(text))).toEqual({ log: Buffer.from(text), lines: [] });
});

test.each([
  [undefined, 'none'],
  ['', 'none'],
  ['other', 'none'],
  ['log', 'log'],
  ['terminal', 'terminal'],
])('OPTML_CONSOLE of %j is the console %s', (value, console) => {
  expect(readConsole({ OPTML_CONSOLE: value })).toBe(console);
});
