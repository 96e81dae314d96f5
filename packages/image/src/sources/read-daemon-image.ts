/** Reads an image of a container engine: the Engine API over its socket gives it as an archive. */

import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ImageError } from '../errors.ts';
import { createFolder } from '../files/create-folder.ts';
import { orFileFault, toFileFault } from '../files/file-fault.ts';
import type { Image } from '../image/image.ts';
import type { Platform } from '../image/platform.ts';
import { defaultLayerDirectory } from '../layers/compress-layer.ts';
import { readArchive } from './read-archive.ts';

/** Where the engine is, and where there is room. */
export interface DaemonOptions {
  /** Default `/var/run/docker.sock`. */
  readonly socketPath?: string | undefined;
  readonly platform: Platform;
  /** Holds the archive, which goes with `remove`, and layers that were compressed, which stay; default `.optml/layers`. */
  readonly layerDirectory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An image, and what removes its archive from this machine. */
export interface DaemonImage {
  readonly image: Image;
  remove(): Promise<void>;
}

/**
 * Asks the engine for an image by name or id.
 *
 * @throws ImageError `ENGINE_UNREACHABLE`, `ENGINE_IMAGE_MISSING`, `ENGINE_FAILED`, `DISK_FULL`, `FOLDER_UNWRITABLE`, and what `readArchive` throws
 */
export async function readDaemonImage(reference: string, options: DaemonOptions): Promise<DaemonImage> {
  const { socketPath = '/var/run/docker.sock', platform, signal } = options;
  const { layerDirectory = defaultLayerDirectory } = options;
  const folder = createFolder(layerDirectory);
  const why = `make a folder for the archive of "${reference}"`;
  await orFileFault(folder, 'FOLDER_UNWRITABLE', why, layerDirectory);
  const file = join(layerDirectory, `engine-${randomUUID()}.tar`);
  const remove = () => rm(file, { force: true });
  try {
    await saveImage(reference, { socketPath, file, signal });
    return { image: await readArchive(file, { platform, layerDirectory }), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

interface SaveOptions {
  readonly socketPath: string;
  readonly file: string;
  readonly signal: AbortSignal | undefined;
}

async function saveImage(reference: string, { socketPath, file, signal }: SaveOptions): Promise<void> {
  const path = `/images/${reference.split('/').map(encodeURIComponent).join('/')}/get`;
  const answer = await get(path, { socketPath, signal });
  if (answer.statusCode !== 200) throw await explainRefusal(answer, reference);
  try {
    await pipeline(answer, createWriteStream(file), { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw toFileFault(cause, 'ENGINE_FAILED', `keep the archive of "${reference}"`, file);
    throw new ImageError(
      'ENGINE_FAILED',
      `the engine stopped in the middle of the archive of "${reference}" (${message}): look at its log, and run again`,
      { cause },
    );
  }
}

function get(path: string, { socketPath, signal }: Omit<SaveOptions, 'file'>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, signal })
      .once('response', resolve)
      .once('error', (cause: NodeJS.ErrnoException) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const how =
          cause.code === 'EACCES'
            ? 'permission denied: join its group, or run as root'
            : 'start the engine, or set DOCKER_HOST=unix:///path/to/its.sock';
        reject(
          new ImageError(
            'ENGINE_UNREACHABLE',
            `no container engine answers at ${socketPath} (${cause.code}): ${how}`,
            { cause },
          ),
        );
      })
      .end();
  });
}

async function explainRefusal(answer: IncomingMessage, reference: string): Promise<ImageError> {
  const said = (await text(answer)).slice(0, 1000);
  if (answer.statusCode === 404) {
    return new ImageError(
      'ENGINE_IMAGE_MISSING',
      `the engine has no image "${reference}": build it, or check the name with "docker images"`,
    );
  }
  return new ImageError(
    'ENGINE_FAILED',
    `the engine refused to save "${reference}" (status ${answer.statusCode}): ${said.trim()}`,
  );
}
