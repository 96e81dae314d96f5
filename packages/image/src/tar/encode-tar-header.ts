/**
 * The 512-byte header of a tar entry and the PAX records before it. What is written depends on the entry alone,
 * byte for byte, in every version: the digests of layers depend on it.
 */

/** What a tar entry is. */
export type TarEntryType =
  | 'file'
  | 'link'
  | 'symlink'
  | 'directory'
  | 'character-device'
  | 'block-device'
  | 'fifo';

/** What a tar says of one entry. */
export interface TarHeader {
  /** As it stands in the tar, without a trailing slash. */
  readonly path: string;
  readonly type: TarEntryType;
  /** The lower twelve bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the content that follows; 0 for all but files. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Of links and symbolic links. */
  readonly linkTarget?: string | undefined;
}

export const blockSize = 512;

/** The largest size that the header's octal field can say: 8 GiB less one byte. */
const largestOctalSize = 0o77777777777;

/** The largest owner or group that the header's octal field can say. */
const largestOctalOwner = 0o7777777;

const flagOf: Readonly<Record<TarEntryType, string>> = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

/** Writes the header blocks of an entry: ustar, with PAX records only for what ustar cannot say. */
export function encodeTarHeader(header: TarHeader): Buffer {
  const name = header.type === 'directory' ? `${header.path}/` : header.path;
  const split = splitName(name);
  const linkTarget = header.linkTarget ?? '';
  const records: [string, string][] = [];
  if (!isPlain(linkTarget) || linkTarget.length > 100) records.push(['linkpath', linkTarget]);
  if (split === undefined) records.push(['path', name]);
  if (header.size > largestOctalSize) records.push(['size', String(header.size)]);
  for (const owner of ['uid', 'gid'] as const)
    if (header[owner] > largestOctalOwner) records.push([owner, String(header[owner])]);
  const fields = {
    ...header,
    uid: Math.min(header.uid, largestOctalOwner),
    gid: Math.min(header.gid, largestOctalOwner),
    ...(split ?? { prefix: '', name: toPlain(name).slice(-100) }),
    linkTarget: toPlain(linkTarget).slice(0, 100),
    flag: flagOf[header.type],
    size: header.size > largestOctalSize ? 0 : header.size,
  };
  const block = encodeBlock(fields);
  if (records.length === 0) return block;
  const body = Buffer.concat(records.map(([key, value]) => encodePaxRecord(key, value)));
  const extended = encodeBlock({
    ...fields,
    prefix: '',
    name: 'PaxHeader',
    linkTarget: '',
    flag: 'x',
    mode: 0o644,
    size: body.length,
  });
  return Buffer.concat([extended, body, padding(body.length), block]);
}

/** The zeros that fill the last block of `size` bytes. */
export function padding(size: number): Buffer {
  return Buffer.alloc(paddingLength(size));
}

/** How many they are. */
export function paddingLength(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** Splits a name at a slash into prefix and name as ustar holds them; `undefined` when it cannot. */
function splitName(name: string): { prefix: string; name: string } | undefined {
  if (!isPlain(name)) return undefined;
  if (name.length <= 100) return { prefix: '', name };
  // The first slash that leaves at most 100 characters; one at the end belongs to the name.
  const at = name.indexOf('/', name.length - 101);
  if (at <= 0 || at > 155 || at === name.length - 1) return undefined;
  return { prefix: name.slice(0, at), name: name.slice(at + 1) };
}

/** Anything but printable ASCII goes into a PAX record. */
function isPlain(text: string): boolean {
  return !/[^\x20-\x7e]/.test(text);
}

function toPlain(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '_');
}

interface BlockFields extends Omit<TarHeader, 'path' | 'type'> {
  readonly name: string;
  readonly prefix: string;
  readonly flag: string;
}

function encodeBlock(fields: BlockFields): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, offset: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, '0'), offset, 'latin1');
  block.write(fields.name, 0, 'latin1');
  octal(fields.mode & 0o7777, 100, 7);
  octal(fields.uid, 108, 7);
  octal(fields.gid, 116, 7);
  octal(fields.size, 124, 11);
  octal(fields.mtime, 136, 11);
  block.write(fields.flag, 156, 'latin1');
  block.write(fields.linkTarget ?? '', 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  octal(0, 329, 7);
  octal(0, 337, 7);
  block.write(fields.prefix, 345, 'latin1');
  block.write(`${sumBytes(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** The checksum of a header, for which its own field counts as spaces. */
export function sumBytes(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < blockSize; index++) {
    if (index < 148 || index >= 156) sum += block[index] as number;
  }
  return sum;
}

/** `LENGTH key=value\n`, whose length counts its own digits. */
function encodePaxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
