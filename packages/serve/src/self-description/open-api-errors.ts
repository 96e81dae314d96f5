/** The error responses of an invocation: every status with the codes that it can have. */

import { codecErrorCodes } from '@optml/codecs';
import { limits } from '@optml/contract/limits';
import { serveErrorCodes, statusOf } from '../errors/errors.ts';
import type { JsonSchema } from './describe-predictor.ts';

type Node = Readonly<Record<string, unknown>>;

/** The codes that end the process or refuse to start it, and those that no client of `/invocations` gets. */
const neverAnswered: readonly string[] = [
  'CLIENT_LEFT',
  'DEFAULT_ACCEPT_INVALID',
  'EXPECTATION_UNSUPPORTED',
  'HEADERS_TOO_LARGE',
  'HEADERS_TOO_SLOW',
  'LISTEN_FAILED',
  'MODEL_LOAD_FAILED',
  'PREDICTOR_IMPORT_FAILED',
  'PREDICTOR_INVALID',
  'PREDICTOR_NOT_FOUND',
  'ROUTE_NOT_ALLOWED',
  'ROUTE_NOT_FOUND',
  'UPGRADE_REQUIRED',
  'WARM_UP_FAILED',
  'WEBSOCKET_INVALID',
];

/** Describes one response for each status. */
export function describeErrors(): Node {
  const codes = [...new Set<string>([...serveErrorCodes, ...codecErrorCodes])].sort();
  const answered = codes.filter((code) => !neverAnswered.includes(code));
  return Object.fromEntries(
    [...Map.groupBy(answered, statusOf)].map(([status, group]) => [status, describeStatus(status, group)]),
  );
}

const headers: Readonly<Record<number, Node>> = {
  415: {
    'Accept-Encoding': {
      description: 'Which encoding can be sent, where the one of the request is not read.',
      schema: { const: 'identity' },
    },
  },
  503: {
    'Retry-After': {
      description: 'Seconds until another attempt may succeed.',
      schema: { type: 'integer' },
    },
  },
};

function describeStatus(status: number, codes: readonly string[]): Node {
  const schema = {
    allOf: [{ $ref: '#/components/schemas/Error' }],
    properties: { error: { properties: { code: { enum: codes } } } },
  };
  return {
    description: codes.join(', '),
    headers: headers[status],
    content: { 'application/json': { schema } },
  };
}

/** The one shape of all errors. */
export function describeErrorSchema(): JsonSchema {
  return {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['code', 'message'],
        properties: {
          code: { type: 'string' },
          message: { type: 'string', maxLength: limits.modelErrorCharacters },
          record: { type: 'integer', minimum: 0, description: 'Which record is at fault, from zero.' },
        },
      },
    },
  };
}
