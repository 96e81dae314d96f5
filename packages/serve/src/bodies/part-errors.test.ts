import { CodecError } from '@optml/codecs';
import { expect, test } from 'vitest';
import { ServeError } from '../errors/errors.ts';
import { placeError } from './part-errors.ts';

const part = { format: 'csv', records: 3, recordsBefore: 10, linesBefore: 20, bytesBefore: 100 } as const;
const body = Buffer.from('1,2\n\n3,4\n5,6\n');
const whole = 'records 10 to 12 (from zero), from line 21 on';

test.each([
  [
    new CodecError('CSV_MALFORMED', 'line 3, byte 5: "line 3, \\" byte 5" is odd', { record: 1 }),
    'record 11 (from zero), line 23: line 23, byte 105: "line 3, \\" byte 5" is odd',
  ],
  [
    new ServeError('INPUT_INVALID', 'instances[2].a is "instances[2]"; row 2 is odd', { record: 2 }),
    'record 12 (from zero), line 24: instances[12].a is "instances[2]"; row 2 is odd',
  ],
  [new ServeError('PREDICTION_UNENCODABLE', '$[1].a is NaN'), `${whole}: $[11].a is NaN`],
  [new ServeError('PREDICTOR_FAILED', 'line 3 of the words'), `${whole}: line 3 of the words`],
  [new TypeError('secret'), `${whole}: the server failed: its log says why`],
])('an error of a part is moved to its place in the body: %s', (error, expected) => {
  expect(placeError(error, part, body).message).toBe(expected);
});

test('what is wrong with the head of a request has no place', () => {
  const error = new ServeError('SESSIONS_DISABLED', 'this server has no sessions');

  expect(placeError(error, { ...part, recordsBefore: 0 }, body)).toBe(error);
});

test('what lies beneath an invalid prediction is moved, too', () => {
  const cause = new Error('prediction[1] is 5: expected string');

  const placed = placeError(
    new ServeError('PREDICTION_INVALID', 'the log says where', { cause }),
    part,
    body,
  );

  expect(placed.cause).toEqual(new Error('prediction[11] is 5: expected string'));
});
