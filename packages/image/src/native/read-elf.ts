/** Reads what an ELF file says of itself: its processor, its loader and the libraries it needs. */

import { type FileHandle, open } from 'node:fs/promises';

/** What a program or library for Linux is made for. */
export interface ElfFile {
  /** In Go's words; `unknown` for a processor that no platform names. */
  readonly architecture: string;
  /** The loader's path, of a program that has one. */
  readonly loader?: string;
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

/** Tells which processor the head of a file (20 bytes) is for; `undefined` when it is no ELF file. */
export function readElfArchitecture(head: Uint8Array): string | undefined {
  const view = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (view.length < 20 || view.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  const machine = view[5] === 2 ? view.readUInt16BE(18) : view.readUInt16LE(18);
  return machines[machine] ?? 'unknown';
}

/** Reads an ELF file; `undefined` when it is none of 64 bits, little-endian. A damaged one has fewer libraries. */
export async function readElf(file: string): Promise<ElfFile | undefined> {
  const handle = await open(file);
  try {
    const head = await readAt(handle, 0, 64);
    const architecture = readElfArchitecture(head);
    if (architecture === undefined || head.length < 64 || head[4] !== 2 || head[5] !== 1) return undefined;
    const segments = await readSegments(handle, head);
    const loaderAt = segments.find(({ type }) => type === 3);
    const loader =
      loaderAt && readText(await readAt(handle, loaderAt.offset, Math.min(loaderAt.size, 4096)), 0);
    return { architecture, ...(loader && { loader }), needed: await readNeeded(handle, segments) };
  } finally {
    await handle.close();
  }
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

async function readSegments(handle: FileHandle, head: Buffer): Promise<readonly Segment[]> {
  const [entrySize, count] = [head.readUInt16LE(54), head.readUInt16LE(56)];
  if (entrySize < 56) return [];
  const table = await readAt(handle, Number(head.readBigUInt64LE(32)), entrySize * count);
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
async function readNeeded(handle: FileHandle, segments: readonly Segment[]): Promise<readonly string[]> {
  const dynamic = segments.find(({ type }) => type === 2);
  if (dynamic === undefined) return [];
  const table = await readAt(handle, dynamic.offset, Math.min(dynamic.size, 1 << 20));
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
  const strings = await readAt(handle, load.offset + address - load.address, Math.min(size, 1 << 26));
  return names.filter((at) => at < strings.length).map((at) => readText(strings, at));
}

function readText(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return bytes.toString('utf8', offset, end < 0 ? bytes.length : end);
}

/** Fewer bytes than `length` where the file ends. */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  if (!Number.isSafeInteger(position) || length <= 0) return Buffer.alloc(0);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
