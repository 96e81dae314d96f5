/**
 * The form of a checkpoint's file: one line with the size and the SHA-256 of the state, then the state. What is cut
 * off or changed on the way through S3 and back is found out, never read.
 */

import type { Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import process from 'node:process';
import { TrainError } from '../errors.ts';

const headerPattern = /^optml checkpoint 1 ([0-9a-f]{64}) ([0-9]{16})\n$/;
const headerBytes = 'optml checkpoint 1 '.length + 64 + 1 + 16 + 1;

/** Not loaded before, for the program waits for it at its start, and may have no checkpoints. */
function createSha256(): Hash {
  return process.getBuiltinModule('node:crypto').createHash('sha256');
}

/** Frames a state; the pieces are to be written one after another. */
export function frameState(state: string | Uint8Array): readonly Uint8Array[] {
  const bytes = typeof state === 'string' ? Buffer.from(state) : state;
  const digest = createSha256().update(bytes).digest('hex');
  const header = `optml checkpoint 1 ${digest} ${String(bytes.length).padStart(16, '0')}\n`;
  return [Buffer.from(header), bytes];
}

/**
 * Reads the state of the file at `path`.
 *
 * @throws TrainError `CHECKPOINT_DAMAGED` when it is not whole and unchanged.
 */
export async function readState(path: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  await walkState(path, (piece) => pieces.push(piece));
  return Buffer.concat(pieces);
}

/** Reads the file without keeping its state. @throws as `readState`. */
export async function verifyState(path: string): Promise<void> {
  await walkState(path, () => {});
}

async function walkState(path: string, onPiece: (piece: Uint8Array) => void): Promise<void> {
  const damaged = (what: string) =>
    new TrainError('CHECKPOINT_DAMAGED', `checkpoint ${path} ${what}: resume from another one`);
  await using handle = await open(path);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
  const [, digest, size] = headerPattern.exec(buffer.toString('latin1', 0, bytesRead)) ?? [];
  if (digest === undefined) throw damaged('does not begin with a checkpoint header');
  const { size: found } = await handle.stat();
  const expected = headerBytes + Number(size);
  if (found !== expected) throw damaged(`has ${found} bytes, but its header says ${expected}`);
  const hash = createSha256();
  const stream = handle.createReadStream({ start: headerBytes, highWaterMark: 2 ** 20, autoClose: false });
  for await (const piece of stream as AsyncIterable<Buffer>) {
    hash.update(piece);
    onPiece(piece);
  }
  if (hash.digest('hex') !== digest) throw damaged('was changed: its SHA-256 differs from its header');
}
