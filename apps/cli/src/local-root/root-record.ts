/**
 * Remembers what optml wrote into a root, so that it replaces its own work and nobody else's. The record holds what the
 * files looked like, not that there were any: what was edited, exchanged or made by hand is not as it says, and a record
 * that is copied into another tree vouches for nothing there. It is written before the files are, with what they were and
 * what they will be: a run that is interrupted at any time leaves no file that the record does not know.
 */

import { createHash } from 'node:crypto';
import { lstat, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from '@optml/contract/paths';
import { z } from 'zod';
import { printFolder } from './folder-print.ts';

/** The folder of a root in which optml keeps what is its own alone. */
export const stateFolderName = '.optml-root';

/** The file that says which training holds a root. */
export function locateLock(root: string): string {
  return join(root, stateFolderName, 'lock');
}

const recordSchema = z.object({
  /** Of the state folder: a copy of the root has another, and other change times. */
  inode: z.string(),
  /** The SHA-256 of each text that a config file may have, by file name. */
  files: z.record(z.string(), z.array(z.string())),
  /** The prints that a channel may have, by channel. */
  channels: z.record(z.string(), z.array(z.object({ shape: z.string(), state: z.string() }))),
  /** The entries of the root that the last job found beside the contract's own. */
  found: z.array(z.string()),
  /** Those that it added; missing until optml has seen its end. */
  added: z.array(z.string()).optional(),
});

export type RootRecord = Readonly<z.infer<typeof recordSchema>>;

/** What a record says of the work; where it lies is added as it is written. */
export type RecordedWork = Omit<RootRecord, 'inode'>;

/**
 * Whose something is: `ours` may be deleted; `edited` was ours and is not as we left it; `foreign` never was;
 * `unclear` is ours and may have been changed by a job whose end nobody saw, or is a copy.
 */
export type Standing = 'missing' | 'ours' | 'unclear' | 'edited' | 'foreign';

/** Says why something of a root stays. */
export function describeStanding(standing: Standing): string {
  return standing === 'edited' ? 'was changed after optml wrote it' : 'was not written by optml';
}

const emptyRecord: RootRecord = { inode: '', files: {}, channels: {}, found: [], added: [] };

/** Reads the record; one that is missing or damaged knows nothing, so that everything is somebody else's. */
export async function readRecord(paths: Paths): Promise<RootRecord> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(recordFile(paths), 'utf8')));
  } catch {
    return emptyRecord;
  }
}

/** Writes the record, whole or not at all. */
export async function writeRecord(paths: Paths, work: RecordedWork): Promise<void> {
  const file = recordFile(paths);
  const record: RootRecord = { ...work, inode: await readInode(paths) };
  await writeFile(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

function recordFile(paths: Paths): string {
  return join(paths.root, stateFolderName, 'record.json');
}

async function readInode(paths: Paths): Promise<string> {
  const { ino } = await stat(join(paths.root, stateFolderName), { bigint: true });
  return String(ino);
}

/** Judges a config file by its text; `undefined` is a file that is not there. */
export function judgeFile(record: RootRecord, fileName: string, text: string | undefined): Standing {
  if (text === undefined) return 'missing';
  const known = record.files[fileName];
  if (known === undefined) return 'foreign';
  return known.includes(hashText(text)) ? 'ours' : 'edited';
}

export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Judges what stands at `path` as the channel `channel`. */
export async function judgeChannel(
  { record, paths }: { readonly record: RootRecord; readonly paths: Paths },
  channel: string,
  path: string,
): Promise<Standing> {
  const known = Object.hasOwn(record.channels, channel) ? record.channels[channel] : undefined;
  if (known === undefined) return (await isThere(path)) ? 'foreign' : 'missing';
  const print = await printFolder(path);
  if (print === undefined) return (await isThere(path)) ? 'edited' : 'missing';
  if (known.some(({ state }) => state === print.state)) return 'ours';
  if (record.inode !== (await readInode(paths))) {
    return known.some(({ shape }) => shape === print.shape) ? 'unclear' : 'edited';
  }
  return record.added === undefined ? 'unclear' : 'edited';
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
