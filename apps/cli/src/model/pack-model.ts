/** Writes a model archive as SageMaker takes it. The same files give the same bytes on every machine, at any time. */

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { ImageError } from '@optml/image';
import { assertReplaceable, createFolder, type Replaceable, replaceFile } from '@optml/image/files';
import { type LayerEntry, writeLayerTar } from '@optml/image/tar';
import { CliError } from '../errors.ts';

/** What was written. */
export interface PackedModel {
  readonly digest: string;
  readonly sizeBytes: number;
}

const modelArchive: Replaceable = {
  doing: 'pack the model',
  what: 'an archive',
  isKind: (head) => head.toString('hex', 0, 2) === '1f8b',
};

/**
 * Writes `entries` to `file`, which appears whole or not at all. Files belong to root and have no time.
 *
 * @throws CliError `MODEL_NOT_WRITTEN`, and `MODEL_INVALID` for a file that changes or cannot be read meanwhile.
 */
export async function packModel(
  entries: readonly LayerEntry[],
  file: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<PackedModel> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const write = (unfinished: string) =>
    pipeline(
      writeLayerTar(entries, 0),
      createGzip({ level: 6 }),
      async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of hideSystem(source)) {
          hash.update(chunk);
          sizeBytes += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(unfinished, { flags: 'wx' }),
      { signal },
    );
  await assertReplaceable(file, modelArchive).catch((cause: Error) => {
    throw new CliError('MODEL_NOT_WRITTEN', cause.message, { cause });
  });
  try {
    await createFolder(dirname(file));
    await replaceFile(file, write);
  } catch (cause) {
    const code = cause instanceof ImageError ? 'MODEL_INVALID' : 'MODEL_NOT_WRITTEN';
    throw new CliError(code, `cannot write ${file}: ${(cause as Error).message}`, { cause });
  }
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}

/** Byte 9 of a gzip header names the system that made it; 255 is "unknown". */
async function* hideSystem(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let offset = 0;
  for await (const chunk of source) {
    if (offset <= 9 && offset + chunk.length > 9) chunk[9 - offset] = 0xff;
    offset += chunk.length;
    yield chunk;
  }
}
