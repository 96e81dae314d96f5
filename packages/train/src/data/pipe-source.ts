/** The data of a channel in Pipe mode: each time it is asked for, the FIFO of the next epoch. */

import { basename } from 'node:path';
import { TrainError } from '../errors.ts';
import { claimChannel } from './claim-channel.ts';
import type { DataPart, DataSource } from './data-source.ts';
import type { EpochCounter } from './epoch-counter.ts';
import { openPipe, type PipeOptions } from './open-pipe.ts';
import { readRecordIo } from './read-records.ts';
import { waitForPipe } from './wait-for-pipe.ts';

export interface PipeSourceOptions extends PipeOptions {
  readonly epochs: EpochCounter;
  /** The FIFO of an epoch. */
  readonly resolvePath: (epoch: number) => string;
  /** True when the platform puts each object into a RecordIO record. */
  readonly isWrapped: boolean;
}

/** Creates the source of one channel. An epoch is taken when its FIFO is opened, and lost when it is left early. */
export function createPipeSource(options: PipeSourceOptions): DataSource {
  const { channel, epochs, resolvePath, isWrapped } = options;
  let isReading = false;

  async function* transportedParts(): AsyncGenerator<DataPart> {
    if (isReading) throw createInUseError(channel);
    isReading = true;
    try {
      if (!(await claimChannel(resolvePath(0)))) throw createTakenError(channel);
      const epoch = await epochs.next();
      const path = resolvePath(epoch);
      await waitForPipe(path, { ...options, epoch });
      const pipe = openPipe(path, options);
      try {
        await epochs.take(epoch);
        yield { name: basename(path), bytes: pipe.bytes };
      } finally {
        // Also when nothing was read: the platform makes the next FIFO once this one was opened and closed.
        await pipe.close();
      }
    } finally {
      isReading = false;
    }
  }

  async function* unwrappedParts(): AsyncGenerator<DataPart> {
    for await (const part of transportedParts()) yield* unwrapObjects(part);
  }

  return {
    transportedParts,
    parts: isWrapped ? unwrappedParts : transportedParts,
    async files() {
      const message = `channel ${channel} is in Pipe mode, which has no files: read its records, or declare modes: ['File', 'FastFile']`;
      throw new TrainError('CHANNEL_MODE_UNSUPPORTED', message);
    },
  };
}

function createInUseError(channel: string): TrainError {
  const message = `channel ${channel} is already being read: in Pipe mode epochs come one after another, so finish or leave one loop before the next`;
  return new TrainError('CHANNEL_IN_USE', message);
}

function createTakenError(channel: string): TrainError {
  const message = `channel ${channel} is already read by another process on this host: in Pipe mode a channel has one reader, so start one process per host, or use File or FastFile mode`;
  return new TrainError('CHANNEL_IN_USE', message);
}

/** The most that a record of several frames can hold: the size is that of a whole object. */
const maximumObjectBytes = 2 ** 30;

/** Yields each object of the platform's RecordIO records as a part of its own, so that formats are read as from files. */
async function* unwrapObjects(part: DataPart): AsyncGenerator<DataPart> {
  let index = 0;
  for await (const object of readRecordIo(part, { maximumRecordBytes: maximumObjectBytes })) {
    index += 1;
    yield { name: `${part.name} object ${index}`, bytes: once(object) };
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
