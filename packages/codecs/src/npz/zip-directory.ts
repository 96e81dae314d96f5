/**
 * Reads the central directory of a zip archive in memory. It alone is believed: members must lie inside the archive,
 * may not share bytes, and are unpacked to exactly the size and checksum that it names. Source: PKWARE's APPNOTE.TXT.
 */

import { shorten } from '../codec/message-parts.ts';
import { CodecError, type CodecErrorCode } from '../errors.ts';

/** One file of an archive. */
export interface ZipMember {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  /** The packed bytes; a view of the archive. */
  readonly packed: Uint8Array;
  readonly sizeBytes: number;
  readonly crc32: number;
}

const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};
const endBytes = 22;
const centralBytes = 46;
const localBytes = 30;
const maximumCommentBytes = 0xffff;

/**
 * Lists the members in the order of the directory.
 *
 * @throws `CodecError` with `NPZ_MALFORMED`, `NPZ_UNSUPPORTED`
 */
export function readZipDirectory(archive: Uint8Array): readonly ZipMember[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const { start, sizeBytes, count } = readEnd(view);
  if (start + sizeBytes > archive.length) throw createZipError('its directory lies outside the archive');
  const entries: Entry[] = [];
  let at = start;
  for (let record = 0; record < count; record += 1) {
    const entry = readEntry(view, at, start + sizeBytes, record);
    entries.push(entry);
    at = entry.end;
  }
  if (at !== start + sizeBytes) throw createZipError('its directory is longer than its members');
  return locateMembers(archive, entries, start);
}

interface Directory {
  readonly start: number;
  readonly sizeBytes: number;
  readonly count: number;
}

function readEnd(view: DataView): Directory {
  const at = findEnd(view);
  const count = view.getUint16(at + 10, true);
  const sizeBytes = view.getUint32(at + 12, true);
  const start = view.getUint32(at + 16, true);
  if (view.getUint16(at + 4, true) !== 0 || view.getUint16(at + 6, true) !== 0) {
    throw createZipError('it is split into several parts', 'NPZ_UNSUPPORTED');
  }
  const isLarge = count === 0xffff || sizeBytes === 0xffffffff || start === 0xffffffff;
  return isLarge ? readEnd64(view, at) : { start, sizeBytes, count };
}

/** Looks from behind, past a comment whose length must be true. */
function findEnd(view: DataView): number {
  const last = view.byteLength - endBytes;
  for (let at = last; at >= Math.max(0, last - maximumCommentBytes); at -= 1) {
    if (view.getUint32(at, true) !== signatures.end) continue;
    if (at + endBytes + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw createZipError('its directory is missing: send the whole file that numpy.savez wrote');
}

function readEnd64(view: DataView, end: number): Directory {
  const locator = end - 20;
  if (locator < 0 || view.getUint32(locator, true) !== signatures.locator64) {
    throw createZipError('its zip64 directory is missing');
  }
  const at = Number(view.getBigUint64(locator + 8, true));
  if (at + 56 > locator || view.getUint32(at, true) !== signatures.end64) {
    throw createZipError('its zip64 directory is misplaced');
  }
  return {
    count: Number(view.getBigUint64(at + 32, true)),
    sizeBytes: Number(view.getBigUint64(at + 40, true)),
    start: Number(view.getBigUint64(at + 48, true)),
  };
}

interface Entry {
  readonly name: string;
  readonly method: ZipMember['method'];
  readonly crc32: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly headerAt: number;
  /** Where the next entry begins. */
  readonly end: number;
}

function readEntry(view: DataView, at: number, directoryEnd: number, record: number): Entry {
  if (at + centralBytes > directoryEnd || view.getUint32(at, true) !== signatures.central) {
    throw createZipError('its directory is damaged', 'NPZ_MALFORMED', record);
  }
  const nameEnd = at + centralBytes + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const end = extraEnd + view.getUint16(at + 32, true);
  if (end > directoryEnd) throw createZipError('its directory is damaged', 'NPZ_MALFORMED', record);
  const name = readName(view, at + centralBytes, nameEnd, record);
  const sizes = readSizes(view, at, { nameEnd, extraEnd, record });
  assertPlain(view.getUint16(at + 8, true), name, record);
  const method = readMethod(view.getUint16(at + 10, true), name, record);
  return { name, method, crc32: view.getUint32(at + 16, true), ...sizes, end };
}

function readName(view: DataView, start: number, end: number, record: number): string {
  try {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, end - start);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw createZipError('a name in it is not UTF-8', 'NPZ_MALFORMED', record, cause);
  }
}

/** A size of all ones stands in the zip64 field instead, in this order. */
function readSizes(
  view: DataView,
  at: number,
  { nameEnd, extraEnd, record }: { nameEnd: number; extraEnd: number; record: number },
) {
  const short = [24, 20, 42].map((offset) => view.getUint32(at + offset, true));
  let field = short.includes(0xffffffff) ? findZip64Field(view, nameEnd, extraEnd, record) : nameEnd;
  const [sizeBytes = 0, packedBytes = 0, headerAt = 0] = short.map((size) => {
    if (size !== 0xffffffff) return size;
    if (field + 8 > extraEnd) throw createZipError('a zip64 size is missing', 'NPZ_MALFORMED', record);
    field += 8;
    return Number(view.getBigUint64(field - 8, true));
  });
  return { sizeBytes, packedBytes, headerAt };
}

function findZip64Field(view: DataView, start: number, end: number, record: number): number {
  for (let at = start; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) === 1) return at + 4;
  }
  throw createZipError('a zip64 size is missing', 'NPZ_MALFORMED', record);
}

/** Bits 0, 6 and 13 say that the member, or the directory, is encrypted. */
function assertPlain(flags: number, name: string, record: number): void {
  if ((flags & 0x2041) === 0) return;
  throw createZipError(`its member ${quoteName(name)} is encrypted`, 'NPZ_UNSUPPORTED', record);
}

function readMethod(method: number, name: string, record: number): ZipMember['method'] {
  if (method === 0) return 'stored';
  if (method === 8) return 'deflated';
  const what = `its member ${quoteName(name)} uses compression method ${method}: store or deflate it`;
  throw createZipError(what, 'NPZ_UNSUPPORTED', record);
}

/** Members that share bytes are how a small archive becomes a huge one. */
function locateMembers(archive: Uint8Array, entries: readonly Entry[], limit: number): readonly ZipMember[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const spans: { readonly start: number; readonly end: number; readonly record: number }[] = [];
  const members = entries.map(({ name, method, crc32, packedBytes, sizeBytes, headerAt }, record) => {
    if (headerAt + localBytes > limit || view.getUint32(headerAt, true) !== signatures.local) {
      throw createZipError(
        `its member ${quoteName(name)} is not where the directory says`,
        'NPZ_MALFORMED',
        record,
      );
    }
    const names = view.getUint16(headerAt + 26, true) + view.getUint16(headerAt + 28, true);
    const start = headerAt + localBytes + names;
    if (start + packedBytes > limit) {
      throw createZipError(
        `its member ${quoteName(name)} extends past the end of the archive`,
        'NPZ_MALFORMED',
        record,
      );
    }
    spans.push({ start: headerAt, end: start + packedBytes, record });
    return { name, method, crc32, sizeBytes, packed: archive.subarray(start, start + packedBytes) };
  });
  let reached = 0;
  for (const { start, end, record } of spans.sort((left, right) => left.start - right.start)) {
    if (start < reached) throw createZipError('its members overlap', 'NPZ_MALFORMED', record);
    reached = end;
  }
  return members;
}

/** Creates the error for an archive; `record` is the index of the member at fault. */
export function createZipError(
  what: string,
  code: CodecErrorCode = 'NPZ_MALFORMED',
  record?: number,
  cause?: unknown,
): CodecError {
  const place = record === undefined ? '' : `member ${record} (from zero) of `;
  const facts = { record, cause };
  return new CodecError(code, `reading npz: ${place}the archive: ${what}`, facts);
}

/** Quotes the name of a member. */
export function quoteName(name: string): string {
  return JSON.stringify(shorten(name, 60));
}
