/** Reads what an ELF file says of itself: its processor, its loader and the libraries it needs. */

import { type FileHandle, open } from 'node:fs/promises';

/** What a program or library for Linux is made for. */
export interface ElfFile {
  /** In Go's words; `unknown` for a machine that no platform names, such as that of a GPU. */
  readonly architecture: string;
  /** The loader's path, of a program that has one. */
  readonly loader?: string | undefined;
  /** Names of libraries, as `libc.so.6`. */
  readonly needed: readonly string[];
}

const machines: Readonly<Record<number, string>> = {
  3: '386',
  21: 'ppc64le',
  22: 's390x',
  40: 'arm',
  62: 'amd64',
  183: 'arm64',
  243: 'riscv64',
};

/** Tells which processor the head of a file (20 bytes) is for; `undefined` when it is not an ELF file. */
export function readElfArchitecture(head: Uint8Array): string | undefined {
  const view = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (view.length < 20 || view.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  const machine = view[5] === 2 ? view.readUInt16BE(18) : view.readUInt16LE(18);
  return machines[machine] ?? 'unknown';
}

/** A format of other systems, by the first bytes of a file of at least four; those of Java's classes are the same. */
export function readForeignFormat(head: Uint8Array): 'Mach-O' | 'PE' | undefined {
  if (head[0] === 0x4d && head[1] === 0x5a) return 'PE';
  const magic = Buffer.from(head.subarray(0, 4)).toString('hex');
  return /^(?:feedfac[ef]|c[ef]faedfe|cafebab[ef])$/.test(magic) ? 'Mach-O' : undefined;
}

/** Reads `length` bytes at `position`, or fewer where the file ends. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

/** Reads the ELF file at `file`; see `parseElf`. */
export async function readElf(file: string): Promise<ElfFile | undefined> {
  await using handle = await open(file);
  return await parseElf((position, length) => readPart(handle, position, length));
}

/** Reads the first `length` bytes of a file; `undefined` for one that cannot be read, which its copying reports. */
export async function readStart(file: string, length: number): Promise<Buffer | undefined> {
  try {
    await using handle = await open(file);
    return await readPart(handle, 0, length);
  } catch {
    return undefined;
  }
}

async function readPart(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/**
 * Reads an ELF file; `undefined` when it is not one. Only one of 64 bits, little-endian, says what it needs; a damaged
 * one says less.
 */
export async function parseElf(readAt: ReadAt): Promise<ElfFile | undefined> {
  const read: ReadAt = async (position, length) =>
    Number.isSafeInteger(position) && position >= 0 && length > 0
      ? readAt(position, length)
      : Buffer.alloc(0);
  const head = await read(0, 64);
  const architecture = readElfArchitecture(head);
  if (architecture === undefined) return undefined;
  if (head.length < 64 || head[4] !== 2 || head[5] !== 1) return { architecture, needed: [] };
  const segments = await readSegments(read, head);
  const loaderAt = segments.find(({ type }) => type === 3);
  const loader = loaderAt && readText(await read(loaderAt.offset, Math.min(loaderAt.size, 4096)), 0);
  return { architecture, loader: loader || undefined, needed: await readNeeded(read, segments) };
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

async function readSegments(readAt: ReadAt, head: Buffer): Promise<readonly Segment[]> {
  const [entrySize, count] = [head.readUInt16LE(54), head.readUInt16LE(56)];
  if (entrySize < 56) return [];
  const table = await readAt(Number(head.readBigUInt64LE(32)), entrySize * count);
  const segments: Segment[] = [];
  for (let at = 0; at + 56 <= table.length; at += entrySize) {
    segments.push({
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      size: Number(table.readBigUInt64LE(at + 32)),
    });
  }
  return segments;
}

/** The dynamic section lists tags and values; names stand in a string table that it points to by address. */
async function readNeeded(readAt: ReadAt, segments: readonly Segment[]): Promise<readonly string[]> {
  const dynamic = segments.find(({ type }) => type === 2);
  if (dynamic === undefined) return [];
  const table = await readAt(dynamic.offset, Math.min(dynamic.size, 1 << 20));
  const values = new Map<number, number>();
  const names: number[] = [];
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const [tag, value] = [Number(table.readBigInt64LE(at)), Number(table.readBigUInt64LE(at + 8))];
    if (tag === 0) break;
    if (tag === 1) names.push(value);
    else values.set(tag, value);
  }
  const [address = -1, size = 0] = [values.get(5), values.get(10)];
  const load = segments.find(
    ({ type, ...at }) => type === 1 && address >= at.address && address < at.address + at.size,
  );
  if (load === undefined) return [];
  const strings = await readAt(load.offset + address - load.address, Math.min(size, 1 << 26));
  return names.filter((at) => at < strings.length).map((at) => readText(strings, at));
}

function readText(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return bytes.toString('utf8', offset, end < 0 ? bytes.length : end);
}
