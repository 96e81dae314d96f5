/** What a definition says of its channels. */

import { type MediaType, parseMediaType } from '@optml/codecs';

/** How the platform delivers a channel: a folder, a folder that is read over the network, or a FIFO for each epoch. */
export type ChannelMode = 'File' | 'FastFile' | 'Pipe';

/** What a definition asks of one channel. */
export interface ChannelDeclaration {
  /** False when training works without it; default true. */
  readonly required?: boolean | undefined;
  /** Media types that the author's code reads; a channel that says another is refused. */
  readonly contentTypes?: readonly string[] | undefined;
  /** Modes in which the author's code can read it; default all. What uses `files` cannot read Pipe mode. */
  readonly modes?: readonly ChannelMode[] | undefined;
  /** `Gzip` when files may be compressed, each as a whole; one that is not is read as it is. Default `None`. */
  readonly compression?: 'None' | 'Gzip' | undefined;
  /**
   * True to read every file, also those that notebooks, file managers, Spark, Hadoop and the platform leave beside
   * data: names that begin with a dot, `__MACOSX`, `_SUCCESS` and the like. Default false.
   */
  readonly allFiles?: boolean | undefined;
  /**
   * Pipe mode: milliseconds that the platform may take for the next FIFO, or for the next bytes; default 300,000.
   */
  readonly pipeTimeoutMs?: number | undefined;
}

export type ChannelDeclarations = Readonly<Record<string, ChannelDeclaration>>;

/** Takes a ContentType apart; one that cannot be parsed is a type as it stands. */
export function readContentType(contentType: string): MediaType {
  try {
    return parseMediaType(contentType);
  } catch {
    return { type: contentType, parameters: {} };
  }
}
