/** Whatever bytes come, the answer is a prediction or a refusal. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startReadyServer } from './start-server.ts';

const types = ['text/csv', 'application/json', 'application/jsonlines', 'application/octet-stream'];
const nearlyText = fc
  .array(
    fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '"',
      ',',
      ':',
      '\n',
      '\r',
      '1',
      '-0',
      '.5',
      'features',
      'é',
      '\\u0000',
      ' ',
    ),
  )
  .map((parts) => new TextEncoder().encode(parts.join('')));

test.each(['worker', 'inline'] as const)(
  'any bytes of any type get an answer below 500 (%s)',
  async (isolation) => {
    const { invoke } = await startReadyServer('echo', { isolation });
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      nearlyText,
      fc.json().map((text) => new TextEncoder().encode(text)),
    );

    await fc.assert(
      fc.asyncProperty(
        body,
        fc.constantFrom(...types),
        fc.constantFrom('*/*', ...types),
        async (bytes, type, accept) => {
          const response = await invoke(Uint8Array.from(bytes), { 'content-type': type, accept });
          await response.arrayBuffer();

          expect(response.status).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
  },
  30_000,
);

test.each([
  'x',
  ';',
  'text/csv; charset',
  'text/csv;;',
  '*/*',
  'text/csv, application/json',
  '\u00ff/\u00ff',
])('a strange content type (%s) gets an answer below 500', async (contentType) => {
  const { invoke } = await startReadyServer('echo', { isolation: 'inline' });

  const response = await invoke('1', { 'content-type': contentType });

  expect(response.status).toBeLessThan(500);
});
