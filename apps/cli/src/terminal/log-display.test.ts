import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogDisplay } from './log-display.ts';

const tell = (kind: string, text: string) => `\u001b]optml;${JSON.stringify({ kind, text })}\u0007\n`;

/** Shows the pieces of a log, and lines of `optml`'s own that begin with `optml: `. */
async function show(isTTY: boolean, ...pieces: string[]) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 20 });
  const display = createLogDisplay(stream);
  for (const piece of pieces) {
    if (piece.startsWith('optml: ')) await display.writeProse(piece.slice('optml: '.length));
    else await display.write(Buffer.from(piece, 'latin1'));
  }
  display.finish();
  stream.end();
  return { display, screen: Buffer.concat(await stream.toArray()).toString('latin1') };
}

const erase = '\r\u001b[2K';

test('a bar stays below the log and is cut to the width of the terminal', async () => {
  const { screen } = await show(
    true,
    `one\n${tell('status', '50 %, of what takes a long time')}`,
    'two \xe9\n',
    'optml: three',
    tell('status', '60 %'),
  );

  const bar = '50 %, of what takes';
  const redrawn = (text: string) => `${bar}${erase}${text}`;
  expect(screen).toBe(
    `${redrawn('one\n')}${redrawn('two \xe9\n')}${redrawn('optml: three\n')}${redrawn('60 %')}${erase}`,
  );
});

test('a bar of another program is not drawn into', async () => {
  const { screen } = await show(
    true,
    tell('status', '50 %'),
    '\rtqdm 1',
    tell('status', '60 %'),
    '\rtqdm 2\n',
  );

  expect(screen).toBe(`50 %${erase}\rtqdm 1\rtqdm 2\n60 %${erase}`);
});

test('where there is no terminal nothing is drawn', async () => {
  const { screen } = await show(false, tell('status', '50 %'), 'one\n', tell('status', ''));

  expect(screen).toBe('one\n');
});

test('what is told of a failure is kept for the end', async () => {
  const { display, screen } = await show(
    false,
    'one\n',
    tell('failure', 'UserError: no rows\nhint: give some'),
  );

  expect(screen).toBe('one\n');
  expect(display.failure()).toBe('UserError: no rows\nhint: give some');
});

test('the end of a log is known, however it breaks its lines', async () => {
  const { display } = await show(false, 'ERROR no\n', 'rows in the data\n');

  expect([' no rows\nin the data\n', 'no columns'].map(display.hasShown)).toEqual([true, false]);
});
