/**
 * Writes a planned tree, so that it can be interrupted at any time and begun again: what is new is made beside the tree
 * and moved into it whole, and the record knows it before.
 */

import { constants } from 'node:fs';
import { cp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Paths, resolveChannelDirectory } from '@optml/contract/paths';
import { createFolder } from '@optml/image/files';
import type { ChannelSource } from './channel-sources.ts';
import { type FolderPrint, holdsFiles, isLink, printFolder } from './folder-print.ts';
import type { CheckpointFolder } from './job-checkpoints.ts';
import type { JobConfiguration, PlannedFile } from './job-configuration.ts';
import type { ChannelsPlan } from './plan-channels.ts';
import { hashText, type RecordedWork, type RootRecord, stateFolderName, writeRecord } from './root-record.ts';
import { earlierFolderName, type Moved, setAside } from './set-aside.ts';

/** Everything that is known before anything is written. */
export interface RootPlan {
  readonly paths: Paths;
  readonly record: RootRecord;
  readonly channels: ChannelsPlan;
  readonly configuration: JobConfiguration;
  readonly checkpoints: CheckpointFolder;
  readonly sources: ReadonlyMap<string, ChannelSource>;
  readonly resume: boolean;
}

/** What was done, for messages and for the next preparation. */
export interface WrittenRoot {
  readonly moved: readonly Moved[];
  /** The channels of the job that are as optml wrote them. */
  readonly ours: readonly string[];
  readonly work: RecordedWork;
}

/** Writes the tree. */
export async function writeRoot(plan: RootPlan, now: Date): Promise<WrittenRoot> {
  const { paths, record, configuration } = plan;
  const stage = join(paths.root, stateFolderName, 'stage');
  await rm(stage, { recursive: true, force: true });
  for (const folder of [stage, paths.inputConfig, paths.inputData]) await createFolder(folder);
  const obsolete = findObsolete(plan);
  for (const channel of obsolete.ours) await removeChannel(resolveChannelDirectory(paths, channel), stage);
  const channels = await copyChannels(plan.sources, stage);
  const files = Object.values(configuration).filter(isToBeWritten);
  const hashes = Object.fromEntries(files.map(({ fileName, text }) => [fileName, [hashText(text)]]));
  await writeRecord(paths, {
    ...record,
    files: mergeLists(record.files, hashes),
    channels: mergeLists(record.channels, channels),
  });

  const moved = await setAside(paths, await listLeftovers(plan, obsolete.unclear), now);
  await makeFolders(plan);
  for (const channel of plan.sources.keys()) {
    const target = resolveChannelDirectory(paths, channel);
    await rm(target, { recursive: true, force: true });
    await rename(join(stage, channel), target);
  }
  for (const { fileName, path, text } of files) {
    await writeFile(join(stage, fileName), text);
    await rename(join(stage, fileName), path);
  }
  await rm(stage, { recursive: true });

  const gone = new Set([...obsolete.ours, ...obsolete.unclear]);
  const stays = Object.entries(record.channels).filter(([channel]) => !gone.has(channel));
  const work: RecordedWork = {
    files: { ...record.files, ...hashes },
    channels: { ...Object.fromEntries(stays), ...channels },
    found: await listOthers(paths),
  };
  await writeRecord(paths, work);
  const ours = [...plan.sources.keys(), ...plan.channels.ours.filter((channel) => !gone.has(channel))];
  return { moved, ours, work };
}

function isToBeWritten(file: PlannedFile): file is PlannedFile & { readonly text: string } {
  return file.text !== undefined;
}

/** Optml's own channels make room, unless a file that stays says that they are part of the job. */
function findObsolete({ channels, configuration, sources }: RootPlan): Omit<ChannelsPlan, 'kept'> {
  const { text, value } = configuration.channels;
  const isObsolete = (channel: string) =>
    sources.has(channel) || text !== undefined || !Object.hasOwn(value ?? {}, channel);
  return { ours: channels.ours.filter(isObsolete), unclear: channels.unclear.filter(isObsolete) };
}

/** Takes the folder away whole first: what is left of an interrupted removal would not be as the record says. */
async function removeChannel(folder: string, stage: string): Promise<void> {
  const removed = join(stage, 'removed');
  await rename(folder, removed);
  await rm(removed, { recursive: true });
}

/** Links become the files they point at, as in a download from S3; a file system that can shares the blocks. */
async function copyChannels(
  sources: RootPlan['sources'],
  stage: string,
): Promise<Record<string, FolderPrint[]>> {
  const prints: Record<string, FolderPrint[]> = {};
  for (const [channel, source] of sources) {
    const folder = join(stage, channel);
    await createFolder(folder);
    await cp(source.path, source.isFolder ? folder : join(folder, basename(source.path)), {
      recursive: true,
      dereference: true,
      mode: constants.COPYFILE_FICLONE,
    });
    prints[channel] = [(await printFolder(folder)) as FolderPrint];
  }
  return prints;
}

function mergeLists<Item>(
  ...records: readonly Readonly<Record<string, readonly Item[]>>[]
): Record<string, Item[]> {
  const merged = new Map<string, Item[]>();
  for (const [name, items] of records.flatMap((record) => Object.entries(record)))
    merged.set(name, [...(merged.get(name) ?? []), ...items]);
  return Object.fromEntries(merged);
}

/** Everything that an earlier job made, by its own account or, where nobody saw it end, by what is new since it began. */
async function listLeftovers(
  { paths, record, checkpoints, resume }: RootPlan,
  unclear: readonly string[],
): Promise<readonly string[]> {
  const others = await listOthers(paths);
  const added = others.filter((name) => record.added?.includes(name) ?? !record.found.includes(name));
  const states = resume ? [] : [paths.checkpoints, ...(checkpoints.isInRoot ? [checkpoints.path] : [])];
  return [
    paths.model,
    paths.output,
    ...new Set(states),
    ...unclear.map((channel) => resolveChannelDirectory(paths, channel)),
    ...added.map((name) => join(paths.root, name)),
  ];
}

/** The entries of a root that neither the contract nor optml has a name for, such as unpacked code. */
async function listOthers(paths: Paths): Promise<string[]> {
  const known = [paths.input, paths.model, paths.output, paths.checkpoints].map((path) => basename(path));
  const names = await readdir(paths.root);
  return names.filter((name) => ![...known, stateFolderName, earlierFolderName].includes(name));
}

async function makeFolders({ paths, checkpoints }: RootPlan): Promise<void> {
  for (const folder of [paths.model, paths.output]) {
    // Empty folders are worth nothing, and a job may be surprised by them.
    if (!(await holdsFiles(folder)) && !(await isLink(folder)))
      await rm(folder, { recursive: true, force: true });
  }
  const folders = [paths.model, paths.outputData, paths.outputMetrics, paths.checkpoints];
  for (const folder of checkpoints.isInRoot ? [...folders, checkpoints.path] : folders)
    await createFolder(folder);
}

/** Notes that the job has ended and what it left: what it did to its channels is not the work of anybody's hand. */
export async function noteEnd(paths: Paths, { ours, work }: WrittenRoot): Promise<void> {
  const prints: Record<string, FolderPrint[]> = {};
  for (const channel of ours) {
    const print = await printFolder(resolveChannelDirectory(paths, channel));
    if (print !== undefined) prints[channel] = [print];
  }
  const added = (await listOthers(paths)).filter((name) => !work.found.includes(name));
  await writeRecord(paths, { ...work, channels: { ...work.channels, ...prints }, added });
}
