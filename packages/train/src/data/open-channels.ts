/** Opens the channels that a definition declares, or says everything that is wrong with them. */

import { type InputDataConfig, type Paths, resolveChannelDirectory, resolvePipe } from '@optml/contract';
import type { ChannelDeclaration, ChannelDeclarations } from '../define-training.ts';
import type { JobProblem } from '../errors.ts';
import { type Channel, createChannel } from './channel.ts';
import type { DataSource } from './data-source.ts';
import { withDecompression } from './decompress.ts';
import { createEpochCounter } from './epoch-counter.ts';
import { createFileSource } from './file-source.ts';
import { findChannelProblem } from './find-channel-problem.ts';
import { createPipeSource } from './pipe-source.ts';

/** What surrounds the channels of a run. */
export interface ChannelSurroundings {
  readonly paths: Paths;
  /** Ends a wait in Pipe mode. */
  readonly signal: AbortSignal;
  /** Tells this job on the tree from the next. */
  readonly runId: string | undefined;
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
      const problem = await findChannelProblem(name, declaration, config, surroundings.paths);
      const entry = config[name];
      const channel = entry && openChannel(name, declaration, entry, surroundings);
      return { name, problem, channel };
    }),
  );
  return {
    problems: opened.flatMap(({ problem }) => problem ?? []),
    channels: Object.fromEntries(opened.flatMap(({ name, channel }) => (channel ? [[name, channel]] : []))),
  };
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
  const source =
    mode === 'Pipe'
      ? openPipeSource(name, declaration, isWrapped, surroundings)
      : createFileSource(name, directory);
  return createChannel(
    {
      name,
      mode,
      directory,
      contentType: entry.ContentType ?? undefined,
      isSharded: entry.S3DistributionType === 'ShardedByS3Key',
      isWrapped,
    },
    declaration.compression === 'Gzip' ? withDecompression(source) : source,
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
    resolvePath: (epoch) => resolvePipe(paths, channel, epoch),
  });
}
