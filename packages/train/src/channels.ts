/** Opens the channels that a definition declares, or says everything that is wrong with them. */

import { parseMediaType } from '@optml/codecs';
import { type InputDataConfig, type Paths, resolveChannelDirectory } from '@optml/contract';
import { type Channel, createChannel, listFiles } from './channel.ts';
import type { ChannelDeclaration, ChannelDeclarations } from './define-training.ts';
import type { JobProblem, TrainErrorCode } from './errors.ts';
import { suggestName } from './suggest-name.ts';

export interface OpenedChannels {
  readonly channels: Readonly<Record<string, Channel>>;
  readonly problems: readonly JobProblem[];
}

/** Opens each declared channel that the job has; an optional one that it has not is left out. */
export async function openChannels(
  declarations: ChannelDeclarations,
  config: InputDataConfig,
  paths: Paths,
): Promise<OpenedChannels> {
  const opened = await Promise.all(
    Object.entries(declarations).map(async ([name, declaration]) => {
      const problem = await findProblem(name, declaration, config, paths);
      const contentType = config[name]?.ContentType ?? undefined;
      const channel = createChannel(name, resolveChannelDirectory(paths, name), contentType);
      return { name, problem, channel: config[name] === undefined ? undefined : channel };
    }),
  );
  return {
    problems: opened.flatMap(({ problem }) => problem ?? []),
    channels: Object.fromEntries(opened.flatMap(({ name, channel }) => (channel ? [[name, channel]] : []))),
  };
}

async function findProblem(
  name: string,
  declaration: ChannelDeclaration,
  config: InputDataConfig,
  paths: Paths,
): Promise<JobProblem | undefined> {
  const entry = config[name];
  const required = declaration.required ?? true;
  const problem = (code: TrainErrorCode, message: string): JobProblem => ({
    code,
    message: `channel ${name} ${message}`,
  });
  if (entry === undefined) {
    if (!required) return undefined;
    const hint = suggestName(name, Object.keys(config));
    return problem('CHANNEL_MISSING', `is missing from the job's InputDataConfig: ${hint}`);
  }
  if (entry.TrainingInputMode === 'Pipe') {
    return problem(
      'CHANNEL_MODE_UNSUPPORTED',
      'comes in Pipe mode, which cannot be read yet: use File or FastFile',
    );
  }
  const accepted = declaration.contentTypes ?? [];
  if (entry.ContentType && accepted.length > 0 && !accepted.includes(readType(entry.ContentType))) {
    return problem(
      'CHANNEL_CONTENT_TYPE',
      `has content type ${JSON.stringify(entry.ContentType)}: expected ${accepted.join(' or ')}`,
    );
  }
  const mayBeEmpty = !required || entry.S3DistributionType === 'ShardedByS3Key';
  const directory = resolveChannelDirectory(paths, name);
  if (mayBeEmpty || (await listFiles(directory)).length > 0) return undefined;
  return problem('CHANNEL_EMPTY', `has no files in ${directory}: ${emptyCauses}`);
}

const emptyCauses =
  'usual causes are an S3 prefix that is misspelt or has nothing below it, a name of the channel that differs from the one in the job, and data in another region or account';

/** The type without parameters; what cannot be parsed is compared as it stands. */
function readType(contentType: string): string {
  try {
    return parseMediaType(contentType).type;
  } catch {
    return contentType;
  }
}
