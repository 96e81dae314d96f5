/**
 * Writes the wire format of protobuf from its end to its start: the length of a field stands in front of it
 * and is known only when it is written, so that a writer in reading order would need two passes.
 */

/** Takes fields in the reverse of their order, and in each the content, then its length and tag. */
export type ProtoWriter = ReturnType<typeof createProtoWriter>;

/** Creates a writer, whose memory grows to the largest record and is used again for each. */
export function createProtoWriter() {
  let bytes = new Uint8Array(1024);
  let at = bytes.length;

  const reserve = (count: number): void => {
    if (at >= count) return;
    const used = bytes.length - at;
    const grown = new Uint8Array(Math.max(2 * bytes.length, used + count));
    grown.set(bytes.subarray(at), grown.length - used);
    bytes = grown;
    at = grown.length - used;
  };
  const writer = {
    /** Counts the bytes written; the difference of two counts is the length of what lies between. */
    size: () => bytes.length - at,
    writeBytes(added: Uint8Array): void {
      reserve(added.length);
      at -= added.length;
      bytes.set(added, at);
    },
    writeText(text: string): void {
      if (!isShort(text)) {
        writer.writeBytes(encoder.encode(text));
        return;
      }
      reserve(text.length);
      at -= text.length;
      for (let index = 0; index < text.length; index += 1) bytes[at + index] = text.charCodeAt(index);
    },
    /** Writes a whole number below 2^53. */
    writeVarint(value: number): void {
      const length = measureVarint(value);
      reserve(length);
      at -= length;
      let rest = value;
      for (let index = 0; index < length - 1; index += 1) {
        bytes[at + index] = (rest % 128) | 0x80;
        rest = Math.floor(rest / 128);
      }
      bytes[at + length - 1] = rest;
    },
    /** Writes an int32, which when negative takes the 10 bytes of its 64-bit form. */
    writeInt32(value: number): void {
      if (value >= 0) writer.writeVarint(value);
      else writer.writeBytes(spellNegative(value));
    },
    /** Closes a field in front of everything written since the size was `since`. */
    closeField(tag: number, since: number): void {
      writer.writeVarint(writer.size() - since);
      writer.writeVarint(tag);
    },
    /** Returns what was written, which the next that is written takes the place of. */
    finish(): Uint8Array {
      const written = bytes.subarray(at);
      at = bytes.length;
      return written;
    },
  };
  return writer;
}

const encoder = new TextEncoder();

/** ASCII of a name's length, for which a call of the encoder would take longer. */
function isShort(text: string): boolean {
  if (text.length > 32) return false;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) >= 0x80) return false;
  return true;
}

function measureVarint(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest /= 128) length += 1;
  return length;
}

function spellNegative(value: number): Uint8Array {
  const spelled = new Uint8Array(10).fill(0xff);
  for (let index = 0; index < 4; index += 1) spelled[index] = (value >> (7 * index)) | 0x80;
  spelled[4] = (value >> 28) | 0x80;
  spelled[9] = 1;
  return spelled;
}
