/** Speaks lines of JSON over a socket, and hangs up on a peer that does not. */

import type { Socket } from 'node:net';

export interface JsonLinesOptions {
  /** A longer line ends the connection. */
  readonly maximumLineBytes: number;
  /** Gets every line that is JSON; throwing ends the connection. */
  readonly onMessage: (message: unknown) => void;
  /** Called once, however the connection ended. */
  readonly onClose: () => void;
}

/** One end of the conversation. */
export interface JsonLines<Message> {
  /** Drops the message when the connection is closed. */
  send(message: Message): void;
  /** Closes after what was sent; resolves when closed, at the latest after `timeoutMs`. */
  end(timeoutMs: number): Promise<void>;
  destroy(): void;
}

const newline = 0x0a;

/** Takes over `socket`; its errors end in `onClose`. */
export function openJsonLines<Message>(socket: Socket, options: JsonLinesOptions): JsonLines<Message> {
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
      options.onClose();
    });
  });
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  const takeChunk = splitLines(options);
  socket.on('data', (chunk: Buffer) => {
    try {
      takeChunk(chunk);
    } catch {
      socket.destroy();
    }
  });
  return {
    send: (message) => {
      if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
    },
    end: async (timeoutMs) => {
      socket.end();
      const timer = setTimeout(() => socket.destroy(), timeoutMs);
      await closed;
      clearTimeout(timer);
    },
    destroy: () => socket.destroy(),
  };
}

/** Throws at a line that is too long, not JSON, or not liked. */
function splitLines({ maximumLineBytes, onMessage }: JsonLinesOptions): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  const keep = (part: Buffer) => {
    sizeBytes += part.length;
    if (sizeBytes > maximumLineBytes) throw new RangeError(`a line is longer than ${maximumLineBytes} bytes`);
    parts.push(part);
  };
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      keep(chunk.subarray(start, end));
      const line = Buffer.concat(parts).toString('utf8');
      parts = [];
      sizeBytes = 0;
      start = end + 1;
      onMessage(JSON.parse(line));
    }
    keep(chunk.subarray(start));
  };
}
