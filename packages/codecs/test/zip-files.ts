/** Zip archives for tests, every field of which can be made to lie. */

import { crc32, deflateRawSync } from 'node:zlib';

/** What one member is, and what is said of it. */
export interface TestMember {
  readonly name: string | Uint8Array;
  readonly bytes: Uint8Array;
  readonly deflate?: boolean;
  readonly method?: number;
  readonly flags?: number;
  readonly sizeBytes?: number;
  readonly packedBytes?: number;
  readonly checksum?: number;
  readonly headerAt?: number;
  /** Says its sizes in a zip64 field. */
  readonly zip64?: boolean;
}

/** Writes the archive; `zip64` moves the end of the directory into its 64-bit form, `count` lies about the members. */
export function writeZip(
  members: readonly TestMember[],
  options: { readonly zip64?: boolean; readonly count?: number; readonly comment?: string } = {},
): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const member of members) {
    const name = Buffer.from(member.name as string);
    const packed = member.deflate === true ? deflateRawSync(member.bytes, { level: 9 }) : member.bytes;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    parts.push(local, name, Buffer.from(packed));
    directory.push(writeEntry(member, name, packed.length, at));
    at += 30 + name.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const count = options.count ?? members.length;
  return new Uint8Array(Buffer.concat([...parts, central, writeEnd(count, central.length, at, options)]));
}

function writeEntry(member: TestMember, name: Buffer, packedBytes: number, at: number): Buffer {
  const sizes = [
    member.sizeBytes ?? member.bytes.length,
    member.packedBytes ?? packedBytes,
    member.headerAt ?? at,
  ];
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(member.flags ?? 0, 8);
  entry.writeUInt16LE(member.method ?? (member.deflate === true ? 8 : 0), 10);
  entry.writeUInt32LE(member.checksum ?? crc32(member.bytes), 16);
  entry.writeUInt16LE(name.length, 28);
  const extra = Buffer.alloc(member.zip64 === true ? 28 : 0);
  for (const [index, offset] of [24, 20, 42].entries()) {
    entry.writeUInt32LE(member.zip64 === true ? 0xffffffff : (sizes[index] ?? 0), offset);
    if (member.zip64 === true) extra.writeBigUInt64LE(BigInt(sizes[index] ?? 0), 4 + 8 * index);
  }
  if (member.zip64 === true) extra.set([1, 0, 24, 0]);
  entry.writeUInt16LE(extra.length, 30);
  return Buffer.concat([entry, name, extra]);
}

function writeEnd(
  count: number,
  sizeBytes: number,
  start: number,
  { zip64 = false, comment = '' }: { readonly zip64?: boolean; readonly comment?: string },
): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : sizeBytes, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : start, 16);
  end.writeUInt16LE(comment.length, 20);
  if (!zip64) return Buffer.concat([end, Buffer.from(comment)]);
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(sizeBytes), 40);
  end64.writeBigUInt64LE(BigInt(start), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(start + sizeBytes), 8);
  return Buffer.concat([end64, locator, end, Buffer.from(comment)]);
}
