/** Keeps the lines of several processes apart that write to one place. */

import { Writable } from 'node:stream';

const newline = 10;
/** A progress bar that is redrawn in place may never end its line. */
const longestLineBytes = 64 * 1024;

/**
 * Creates a stream that passes on whole lines only, but for those above 64 KiB, which come in pieces; a last line
 * without an end gets one when the stream ends.
 */
export function createWholeLines(target: Writable): Writable {
  let rest: Buffer = Buffer.alloc(0);
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const end = chunk.lastIndexOf(newline);
      if (end === -1) {
        const line = Buffer.concat([rest, chunk]);
        const isHeld = line.length < longestLineBytes;
        rest = isHeld ? line : Buffer.alloc(0);
        if (isHeld) done();
        else target.write(line, () => done());
        return;
      }
      const lines = Buffer.concat([rest, chunk.subarray(0, end + 1)]);
      rest = Buffer.from(chunk.subarray(end + 1));
      target.write(lines, () => done());
    },
    final(done) {
      if (rest.length === 0) return done();
      target.write(Buffer.concat([rest, Buffer.from('\n')]), () => done());
    },
  });
}
