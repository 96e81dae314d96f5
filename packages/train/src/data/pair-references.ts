/**
 * Pairs the references of an augmented manifest with files, or refuses: a file is never given for an object that it
 * may not be. The platform keeps of a key what stands behind the channel's S3 prefix, and does not say which that is.
 */

import { join } from 'node:path';
import { TrainError } from '../errors.ts';
import { isFile } from '../job/file-checks.ts';

/** One object that a manifest names. */
export interface Reference {
  /** For example `s3://bucket/images/1.jpg`. */
  readonly uri: string;
  /** For messages: manifest and example. */
  readonly where: string;
}

/** What is known of the channel. */
export interface ReferencedChannel {
  readonly directory: string;
  /** True where each host has only some of the objects. */
  readonly isSharded: boolean;
}

/**
 * Returns what finds the file of a reference. All references lose the same prefix, so that no two can have one file;
 * where no prefix fits them all, each has to have one file whose path it ends with, which no other reference does.
 * `list` is called once or twice.
 *
 * @throws TrainError `DATA_INVALID` for a reference without a file, or for which several could be meant, and for two
 * references that end with the path of one file.
 */
export async function pairReferences(
  list: () => AsyncIterable<Reference>,
  channel: ReferencedChannel,
): Promise<(uri: string) => string> {
  const prefix = await findCommonPrefix(list(), channel);
  if (prefix !== undefined) return (uri) => join(channel.directory, uri.slice(prefix.length));
  const files = await pairEach(list(), channel);
  return (uri) => join(channel.directory, files.get(uri) as string);
}

/** Keeps no reference but the last, for there may be millions. */
async function findCommonPrefix(
  references: AsyncIterable<Reference>,
  channel: ReferencedChannel,
): Promise<string | undefined> {
  let prefixes: readonly string[] | undefined;
  let last: Found | undefined;
  for await (const reference of references) {
    const { uri } = reference;
    const known = prefixes;
    const ends = listEnds(uri);
    const fitting = known === undefined ? ends : ends.filter((end) => known.includes(cutEnd(uri, end)));
    const paths = await keepFiles(fitting, channel);
    if (paths.length === 0 && (await keepFiles(ends, channel)).length === 0)
      throw await createMissingError(reference, channel);
    if (paths.length === 0) return undefined;
    prefixes = paths.map((path) => cutEnd(uri, path));
    last = { reference, paths };
  }
  if (last !== undefined) assertOne(last);
  return prefixes?.[0] ?? '';
}

/** A reference and the files that it could mean. */
interface Found {
  readonly reference: Reference;
  readonly paths: readonly string[];
}

async function pairEach(
  references: AsyncIterable<Reference>,
  channel: ReferencedChannel,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const owners = new Map<string, string>();
  for await (const reference of references) {
    const { uri } = reference;
    if (files.has(uri)) continue;
    const paths = await keepFiles(listEnds(uri), channel);
    if (paths.length === 0) throw await createMissingError(reference, channel);
    for (const path of paths) {
      const owner = owners.get(path);
      if (owner !== undefined) throw createSharedError(reference, owner, path);
      owners.set(path, uri);
    }
    assertOne({ reference, paths });
    files.set(uri, paths[0] as string);
  }
  return files;
}

function cutEnd(uri: string, end: string): string {
  return uri.slice(0, uri.length - end.length);
}

/** Lists the ends of a key that could be paths below the folder, the longest first. */
function listEnds(uri: string): readonly string[] {
  const [bucket = ''] = /^s3:\/\/[^/]*\//i.exec(uri) ?? [];
  const steps = uri.slice(bucket.length).split('/');
  return steps
    .map((_step, from) => steps.slice(from))
    .filter((end) => end.every((step) => !['', '.', '..'].includes(step)))
    .map((end) => end.join('/'));
}

async function keepFiles(
  paths: readonly string[],
  { directory }: ReferencedChannel,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (await isFile(join(directory, path))) found.push(path);
  }
  return found;
}

function assertOne({ reference: { uri, where }, paths }: Found): void {
  if (paths.length === 1) return;
  const message = `${where} refers to ${uri}, which matches ${paths.join(' or ')} in the channel: keep one of these files below the channel's S3 prefix`;
  throw new TrainError('DATA_INVALID', message);
}

function createSharedError({ uri, where }: Reference, other: string, path: string): TrainError {
  const message = `${where} refers to ${uri}, and another example to ${other}, but both match one file of the channel, ${path}: give the objects different paths below the channel's S3 prefix`;
  return new TrainError('DATA_INVALID', message);
}

async function createMissingError(
  { uri, where }: Reference,
  channel: ReferencedChannel,
): Promise<TrainError> {
  const [decoded] = await keepFiles(listEnds(decodeUri(uri)), channel);
  const advice =
    decoded !== undefined
      ? `it contains ${decoded}; write the key into the manifest as it is, not URL-encoded`
      : channel.isSharded
        ? 'with ShardedByS3Key a host has only some of the objects: use FullyReplicated, and divide its examples with shard(cluster)'
        : "store what the manifest refers to below the channel's S3 prefix";
  const message = `${where} refers to ${uri}, which the channel does not contain: ${advice}`;
  return new TrainError('DATA_INVALID', message);
}

function decodeUri(uri: string): string {
  try {
    return decodeURIComponent(uri.replaceAll('+', ' '));
  } catch {
    return '';
  }
}
