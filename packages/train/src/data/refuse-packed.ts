/** Refuses data that is packed in a way that no format reads, before a format makes something else of it. */

import { TrainError } from '../errors.ts';
import type { DataPart } from './data-source.ts';

/** What is known of the channel. */
export interface Packing {
  /** True where gzip is taken off before data comes here. */
  readonly isUnpacked: boolean;
  /** The charset that the job names. */
  readonly charset: string | undefined;
}

/** How packed data begins, a character a byte; no text in UTF-8 begins so, nor does RecordIO. */
const beginnings: Readonly<Record<string, string>> = {
  gzip: '\x1f\x8b',
  zip: 'PK\x03\x04',
  bzip2: 'BZh91AY&SY',
  xz: '\xfd7zXZ\0',
  zstd: '\x28\xb5\x2f\xfd',
  'utf-16le': '\xff\xfe',
  'utf-16be': '\xfe\xff',
};

/**
 * Returns the part as it is; its first chunk is looked at when it is read.
 *
 * @throws while it is read, TrainError `DATA_INVALID` with what to do.
 */
export function refusePacked({ name, bytes }: DataPart, packing: Packing): DataPart {
  return { name, bytes: checkFirst(name, bytes, packing) };
}

async function* checkFirst(name: string, bytes: AsyncIterable<Uint8Array>, packing: Packing) {
  let isFirst = true;
  for await (const chunk of bytes) {
    if (isFirst) assertReadable(name, chunk, packing);
    isFirst = false;
    yield chunk;
  }
}

const longestBeginning = 16;

function assertReadable(name: string, chunk: Uint8Array, packing: Packing): void {
  const start = Buffer.from(chunk.subarray(0, longestBeginning)).toString('latin1');
  const [found] = Object.entries(beginnings).find(([, beginning]) => start.startsWith(beginning)) ?? [];
  if (found === undefined || (isUtf16(found) && !isUtf8(packing.charset))) return;
  throw new TrainError('DATA_INVALID', `${name} looks like ${found}: ${advise(found, packing)}`);
}

function advise(found: string, { isUnpacked }: Packing): string {
  if (isUtf16(found))
    return `store it as UTF-8, or name its charset in the channel's ContentType, for example text/csv; charset=${found}`;
  if (found !== 'gzip') return "store it uncompressed, or as gzip and declare compression: 'Gzip'";
  return isUnpacked
    ? 'it was compressed twice; compress it once'
    : "declare compression: 'Gzip' for the channel, or store it uncompressed";
}

function isUtf16(found: string): boolean {
  return found.startsWith('utf-16');
}

function isUtf8(charset = 'utf-8'): boolean {
  return ['utf-8', 'utf8', ''].includes(charset.toLowerCase());
}
