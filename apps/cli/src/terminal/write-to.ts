/** Writes to a stream and waits until it has taken the bytes, so that a fast container cannot fill the memory. */

/** Resolves once `chunk` is written. Never rejects: a reader who has gone away (`| head`) does not end a training. */
export function writeTo(stream: NodeJS.WritableStream, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    stream.write(chunk, () => resolve());
  });
}

/** Streams that are spared `optml`'s own prose and progress. */
const quiet = new WeakSet<NodeJS.WritableStream>();

/** From now on `stream` gets errors and the container's log alone. */
export function silence(stream: NodeJS.WritableStream): void {
  quiet.add(stream);
}

export function isSilenced(stream: NodeJS.WritableStream): boolean {
  return quiet.has(stream);
}

/** Writes one line of prose, marked as `optml`'s own among the lines of the container; not to a stream that is silenced. */
export async function writeProse(stream: NodeJS.WritableStream, line: string): Promise<void> {
  if (!isSilenced(stream)) await writeTo(stream, `optml: ${line}\n`);
}

/** Writes what `--json` prints of a command that went well: one line, `{"ok": true, "data": ...}`. */
export function writeResult(stream: NodeJS.WritableStream, data: object): Promise<void> {
  return writeTo(stream, `${JSON.stringify({ ok: true, data })}\n`);
}
