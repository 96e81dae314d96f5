/** Tells by the first bytes how something is compressed; a name or media type may say otherwise. */

/** The compressions that archives and layers are met in. */
export type Compression = 'gzip' | 'zstd' | 'xz' | 'bzip2';

const magic: Readonly<Record<Compression, readonly number[]>> = {
  gzip: [0x1f, 0x8b],
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  bzip2: [0x42, 0x5a, 0x68],
};

/** Reads the first six bytes, or as many as there are. */
export function sniffCompression(start: Uint8Array): Compression | undefined {
  // A skippable frame, with which zstd files of some tools begin; its number is in the low four bits.
  if (((start[0] ?? 0) & 0xf0) === 0x50 && [0x2a, 0x4d, 0x18].every((byte, at) => start[at + 1] === byte))
    return 'zstd';
  const names = Object.keys(magic) as Compression[];
  return names.find((name) => magic[name].every((byte, at) => start[at] === byte));
}
