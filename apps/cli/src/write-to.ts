/** Writes to a stream and waits until it has taken the bytes, so that a fast container cannot fill the memory. */

/** Resolves once `chunk` is written. Never rejects: a reader who has gone away (`| head`) is no reason to end a training. */
export function writeTo(stream: NodeJS.WritableStream, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    stream.write(chunk, () => resolve());
  });
}

/** Writes one line of prose, marked as `optml`'s own among the lines of the container. */
export function writeProse(stream: NodeJS.WritableStream, line: string): Promise<void> {
  return writeTo(stream, `optml: ${line}\n`);
}
