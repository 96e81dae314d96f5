/** Where the bytes of a channel come from, whatever its mode. */

import { TrainError } from '../errors.ts';

/** A stretch of data that is read on its own: a file, an epoch of a FIFO, or an object within one. */
export interface DataPart {
  /** For messages, for example `training/a.csv` or `training_0`. */
  readonly name: string;
  /** Can be read once; leaving early closes what is behind it. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Gives the parts of a channel, from the beginning each time it is asked. */
export interface DataSource {
  /** Lists the files, absolute and sorted. @throws TrainError `CHANNEL_MODE_UNSUPPORTED` where there are none. */
  files(): Promise<readonly string[]>;
  /** Gives the data as it was stored. A part must be read or left before the next one is asked for. */
  parts(): AsyncGenerator<DataPart>;
  /** Gives the data as it is transported: with the platform's RecordIO frame around each object, where it has one. */
  transportedParts(): AsyncGenerator<DataPart>;
}

/** Makes the error of a file or FIFO of which no more can be read. */
export function createUnreadableError(place: string, position: number, cause: unknown): TrainError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const problem = `${place}: reading failed at byte ${position}: ${code ?? message}`;
  return new TrainError('DATA_UNREADABLE', problem, { cause });
}
