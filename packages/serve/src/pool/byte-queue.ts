/** Bytes that have come through a pipe and that nobody has taken yet. */

export function createByteQueue() {
  let chunks: Uint8Array[] = [];
  let size = 0;
  return {
    get sizeBytes(): number {
      return size;
    },
    add(chunk: Uint8Array): void {
      chunks.push(chunk);
      size += chunk.byteLength;
    },
    /** Takes the first bytes, of which there must be as many. */
    take(sizeBytes: number): Uint8Array {
      const taken = new Uint8Array(sizeBytes);
      let filled = 0;
      let used = 0;
      while (filled < sizeBytes) {
        const chunk = chunks[used] as Uint8Array;
        const part = chunk.subarray(0, sizeBytes - filled);
        taken.set(part, filled);
        filled += part.byteLength;
        if (part.byteLength === chunk.byteLength) used += 1;
        else chunks[used] = chunk.subarray(part.byteLength);
      }
      chunks = chunks.slice(used);
      size -= sizeBytes;
      return taken;
    },
  };
}
