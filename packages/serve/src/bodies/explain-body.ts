/** Says what a body is, by its first bytes, where it is not what its content type says. */

import { CodecError } from '@optml/codecs';
import { ServeError } from '../errors/errors.ts';
import type { RequestType } from './media-types.ts';

interface Kind {
  readonly name: string;
  /** What its bytes begin with, one character each. */
  readonly starts: readonly string[];
  /** The content type to send it as. */
  readonly type?: string;
  /** What else to do; it reads after a colon. */
  readonly advice?: string;
}

const unpack = 'decompress it before sending';
const convert = 'send it as csv, JSON or npy';

/** Sources: the formats' own specifications, RFC 1950, 1952 and 8878, and `pickletools` for pickle. */
const kinds: readonly Kind[] = [
  { name: 'an npy array', starts: ['\x93NUMPY'], type: 'application/x-npy' },
  {
    name: 'a zip archive',
    starts: ['PK\x03\x04'],
    type: 'application/x-npz',
    advice: 'if it holds npy arrays',
  },
  { name: 'a RecordIO body', starts: ['\n#\xd7\xce'], type: 'application/x-recordio-protobuf' },
  { name: 'a PNG image', starts: ['\x89PNG\r\n'], type: 'image/png' },
  { name: 'a JPEG image', starts: ['\xff\xd8\xff'], type: 'image/jpeg' },
  { name: 'a GIF image', starts: ['GIF87a', 'GIF89a'], type: 'image/gif' },
  { name: 'a TIFF image', starts: ['II*\0', 'MM\0*'], type: 'image/tiff' },
  { name: 'a PDF document', starts: ['%PDF-'], type: 'application/octet-stream' },
  { name: 'gzip', starts: ['\x1f\x8b'], advice: unpack },
  { name: 'zlib', starts: ['\x78\x01', '\x78\x9c', '\x78\xda'], advice: unpack },
  { name: 'zstd', starts: ['\x28\xb5\x2f\xfd'], advice: unpack },
  { name: 'bzip2', starts: ['BZh91AY', 'BZh61AY', 'BZh11AY'], advice: unpack },
  { name: 'xz', starts: ['\xfd7zXZ\0'], advice: unpack },
  { name: 'a Python pickle', starts: ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'], advice: convert },
  { name: 'a Parquet file', starts: ['PAR1'], advice: convert },
  { name: 'an Arrow file', starts: ['ARROW1\0\0'], advice: convert },
  { name: 'an HDF5 file', starts: ['\x89HDF\r\n'], advice: convert },
];

/** As much as the longest start takes. */
const headBytes = 64;

/** Reads a body; where it is refused, the message says what the body looks like, if that is something else. */
export function readAs<Read>(body: string | Uint8Array, type: RequestType, read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    throw explain(error, body, type);
  }
}

function explain(error: unknown, body: string | Uint8Array, type: RequestType): unknown {
  const head = readText(body, 0, headBytes);
  const kind = findKind(head, type);
  const hint = kind ?? findEncoding(head, type) ?? findJson(head, readText(body, -headBytes), type);
  if (hint === undefined) return error;
  if (error instanceof ServeError && error.code === 'INPUT_INVALID') {
    const { message, cause, record } = error;
    return new ServeError('INPUT_INVALID', `${message}; ${hint}`, { cause, record });
  }
  if (!(error instanceof CodecError)) return error;
  // Where text goes wrong does not matter in what is not text.
  if (kind !== undefined)
    return new CodecError(error.code, `reading ${type.type}: ${kind}`, { cause: error });
  return new CodecError(error.code, `${error.message}; ${hint}`, error);
}

/** Gives the bytes as characters, one each. */
function readText(body: string | Uint8Array, from: number, to?: number): string {
  if (typeof body === 'string') return body.slice(from, to);
  return Buffer.from(body.subarray(from, to)).toString('latin1');
}

function findKind(head: string, { format }: RequestType): string | undefined {
  const kind = kinds.find(({ starts }) => starts.some((start) => head.startsWith(start)));
  if (kind === undefined) return undefined;
  const { name, type, advice = '' } = kind;
  if (type === undefined) return `the body is ${name}: ${advice}`;
  // Records of bytes are framed as those of tensors are.
  const isNamed = format.codec.mediaTypes.some((own) => type.startsWith(own));
  const isTaken = isNamed || (format.isBytes && !type.startsWith('application/x-'));
  return isTaken ? undefined : `the body is ${name}: send it as ${type} ${advice}`.trimEnd();
}

/** Charsets by which of the first four bytes are zero. */
const utf16: ReadonlyMap<string, string> = new Map([
  ['0101', 'utf-16le'],
  ['1010', 'utf-16be'],
]);

/** Text of two bytes a character whose first ones are ASCII, without a mark that says so. */
function findEncoding(head: string, { type, isUtf8 }: RequestType): string | undefined {
  if (!isUtf8 || !/^text\/|json/.test(type)) return undefined;
  const charset = utf16.get(Array.from(head.slice(0, 4), (character) => Number(character === '\0')).join(''));
  if (charset === undefined) return undefined;
  return `the body seems to be ${charset}: write it as UTF-8, or send it as ${type}; charset=${charset}`;
}

const jsonTypes = ['application/json', 'application/jsonlines'];

function findJson(head: string, tail: string, { format }: RequestType): string | undefined {
  const isJson = /^\s*[[{]/.test(head) && /[\]}]\s*$/.test(tail);
  if (!isJson || format.codec.mediaTypes.some((type) => jsonTypes.includes(type))) return undefined;
  const [oneDocument, lines] = jsonTypes;
  return `the body looks like JSON: send it as ${/[\]}]\r?\n[[{]/.test(head) ? lines : oneDocument}`;
}
