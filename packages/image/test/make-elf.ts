/** ELF files for tests: a header for a processor, and the libraries that it needs, as the loader reads them. */

/** What it is for, in Go's words, and what it needs. */
export interface ElfContent {
  readonly architecture?: 'amd64' | 'arm64' | '386' | 'gpu';
  readonly needed?: readonly string[];
  /** Of a program. */
  readonly loader?: string;
}

const machines = { amd64: 0x3e, arm64: 0xb7, 386: 3, gpu: 190 };

/** A shared object of 64 bits with one segment, which is the whole file. */
export function makeElf({ architecture = 'amd64', needed = [], loader }: ElfContent = {}): Buffer {
  const texts = Buffer.from(`\0${[...needed, loader ?? ''].join('\0')}\0`);
  const textsAt = 64 + 3 * 56;
  const dynamicAt = textsAt + texts.length;
  const dynamic = Buffer.alloc((needed.length + 3) * 16);
  const tags = [
    ...needed.map((name) => [1, texts.indexOf(`\0${name}\0`) + 1]),
    [5, textsAt],
    [10, texts.length],
  ];
  for (const [index, [tag = 0, value = 0]] of tags.entries()) {
    dynamic.writeBigUInt64LE(BigInt(tag), index * 16);
    dynamic.writeBigUInt64LE(BigInt(value), index * 16 + 8);
  }
  const head = Buffer.alloc(textsAt);
  head.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  head.writeUInt16LE(3, 16);
  head.writeUInt16LE(machines[architecture], 18);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  const segments: readonly (readonly [number, number, number])[] = [
    [1, 0, dynamicAt + dynamic.length],
    [2, dynamicAt, dynamic.length],
    ...(loader === undefined
      ? []
      : [[3, texts.indexOf(`\0${loader}\0`) + 1 + textsAt, loader.length + 1] as const]),
  ];
  head.writeUInt16LE(segments.length, 56);
  for (const [index, [type, offset, size]] of segments.entries()) {
    const at = 64 + index * 56;
    head.writeUInt32LE(type, at);
    for (const [field, value] of [
      [8, offset],
      [16, offset],
      [32, size],
    ] as const)
      head.writeBigUInt64LE(BigInt(value), at + field);
  }
  return Buffer.concat([head, texts, dynamic]);
}
