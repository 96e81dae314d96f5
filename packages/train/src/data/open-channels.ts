/** Opens the channels that a definition declares, or says everything that is wrong with them. */

import { relative } from 'node:path';
import type { InputDataConfig, TrainingConfiguration } from '@optml/contract';
import type { Log } from '@optml/contract/log';
import { type Paths, resolveChannelDirectory, resolvePipe } from '@optml/contract/paths';
import type { JobProblem } from '../errors.ts';
import { nameSome } from '../hyperparameters/suggest-name.ts';
import { findAttributeNames } from './attribute-names.ts';
import { type Channel, createChannel } from './channel.ts';
import type { ChannelDeclaration, ChannelDeclarations } from './channel-declaration.ts';
import type { DataSource } from './data-source.ts';
import { withDecompression } from './decompress.ts';
import { createEpochCounter } from './epoch-counter.ts';
import { createFileSource } from './file-source.ts';
import { findChannelProblem } from './find-channel-problem.ts';
import { type FileList, listFiles } from './list-files.ts';
import { createPipeSource } from './pipe-source.ts';

/** What surrounds the channels of a run. */
export interface ChannelSurroundings {
  readonly paths: Paths;
  /** Ends a wait in Pipe mode. */
  readonly signal: AbortSignal;
  /** Tells this job on the tree from the next. */
  readonly runId: string | undefined;
  /** May say what `inputdataconfig.json` does not. */
  readonly initConfig: TrainingConfiguration['initConfig'];
  readonly log: Pick<Log, 'info'>;
}

export interface OpenedChannels {
  readonly channels: Readonly<Record<string, Channel>>;
  readonly problems: readonly JobProblem[];
}

/**
 * Opens each declared channel that the job has; an optional one that it has not is left out. No FIFO is touched
 * before it is read: the platform gives up one that is opened and left waiting.
 */
export async function openChannels(
  declarations: ChannelDeclarations,
  config: InputDataConfig,
  surroundings: ChannelSurroundings,
): Promise<OpenedChannels> {
  const opened = await Promise.all(
    Object.entries(declarations).map(async ([name, declaration]) => {
      const entry = config[name];
      const list = entry && (await listChannel(name, declaration, entry, surroundings));
      const problem = await findChannelProblem(name, declaration, config, list);
      const channel = entry && openChannel(name, declaration, entry, surroundings);
      return { name, problem, channel };
    }),
  );
  return {
    problems: opened.flatMap(({ problem }) => problem ?? []),
    channels: Object.fromEntries(opened.flatMap(({ name, channel }) => (channel ? [[name, channel]] : []))),
  };
}

/** Lists the files of a channel that has some, and says once which of them will not be read. */
async function listChannel(
  name: string,
  declaration: ChannelDeclaration,
  { TrainingInputMode: mode }: InputDataConfig[string],
  { paths, log }: ChannelSurroundings,
): Promise<FileList | undefined> {
  if (mode === 'Pipe') return undefined;
  const list = await listFiles(resolveChannelDirectory(paths, name), declaration);
  const { directory, skipped } = list;
  if (skipped.length > 0) {
    const files = skipped.length === 1 ? '1 file that is' : `${skipped.length} files that are`;
    const names = nameSome(skipped.map((file) => relative(directory, file)));
    log.info(`channel ${name} skips ${files} not data: ${names}; to read all files, declare allFiles: true`);
  }
  return list;
}

function openChannel(
  name: string,
  declaration: ChannelDeclaration,
  entry: InputDataConfig[string],
  surroundings: ChannelSurroundings,
): Channel {
  const mode = entry.TrainingInputMode;
  const directory = resolveChannelDirectory(surroundings.paths, name);
  // The wrapper is Pipe mode's own: the platform never puts files into records.
  const isWrapped = mode === 'Pipe' && entry.RecordWrapperType?.toLowerCase() === 'recordio';
  const isUnpacked = declaration.compression === 'Gzip';
  const source =
    mode === 'Pipe'
      ? openPipeSource(name, declaration, isWrapped, surroundings)
      : createFileSource(name, directory, declaration);
  return createChannel(
    {
      name,
      mode,
      directory,
      contentType: entry.ContentType ?? undefined,
      isSharded: entry.S3DistributionType === 'ShardedByS3Key',
      isWrapped,
      isUnpacked,
      attributeNames: findAttributeNames(surroundings.initConfig, name),
    },
    isUnpacked ? withDecompression(source) : source,
  );
}

const defaultPipeTimeoutMs = 300_000;

function openPipeSource(
  channel: string,
  { pipeTimeoutMs = defaultPipeTimeoutMs }: ChannelDeclaration,
  isWrapped: boolean,
  { paths, signal, runId }: ChannelSurroundings,
): DataSource {
  return createPipeSource({
    channel,
    signal,
    isWrapped,
    timeoutMs: pipeTimeoutMs,
    epochs: createEpochCounter(channel, { directory: paths.pipeState, runId }),
    resolvePath: (epoch) => resolvePipe(paths, { channel, epoch }),
  });
}
