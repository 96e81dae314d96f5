import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ServeError } from '../errors/errors.ts';
import { createErrorReply } from './error-reply.ts';

test('an unknown error is answered without its message', () => {
  const reply = createErrorReply(new Error('password=1'));

  expect(reply.status).toBe(500);
  expect(reply.body).toBe('{"error":{"code":"INTERNAL","message":"the server failed: its log says why"}}');
});

test('any message fits into 2,048 characters of JSON and begins as it was', () => {
  // The unit `binary` would be slower to begin: it fills a table of all characters.
  const unit = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code).toWellFormed());
  const message = fc.string({ unit, maxLength: 5_000, size: 'max' });

  fc.assert(
    fc.property(message, (text) => {
      const body = String(createErrorReply(new ServeError('INTERNAL', text)).body);

      expect(body.length).toBeLessThan(2_048);
      expect(
        text.startsWith(
          JSON.parse(body)
            .error.message.slice(0, 100)
            .replace(/\.\.\.$/, ''),
        ),
      ).toBe(true);
    }),
  );
});
