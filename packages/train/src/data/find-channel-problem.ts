/** Compares what a definition asks of a channel with what the job gives. */

import { parseMediaType } from '@optml/codecs';
import { type InputDataConfig, type Paths, resolveChannelDirectory } from '@optml/contract';
import type { ChannelDeclaration } from '../define-training.ts';
import type { JobProblem, TrainErrorCode } from '../errors.ts';
import { suggestName } from '../suggest-name.ts';
import { listFiles } from './list-files.ts';

/** Finds the first thing that is wrong with one channel. */
export async function findChannelProblem(
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
  const mode = entry.TrainingInputMode;
  const { modes = [mode], contentTypes = [] } = declaration;
  if (!modes.includes(mode)) {
    return problem('CHANNEL_MODE_UNSUPPORTED', `comes in ${mode} mode: expected ${modes.join(' or ')}`);
  }
  if (entry.ContentType && contentTypes.length > 0 && !contentTypes.includes(readType(entry.ContentType))) {
    return problem(
      'CHANNEL_CONTENT_TYPE',
      `has content type ${JSON.stringify(entry.ContentType)}: expected ${contentTypes.join(' or ')}`,
    );
  }
  if (mode === 'Pipe') return findPipeProblem(name, config, problem);
  const mayBeEmpty = !required || entry.S3DistributionType === 'ShardedByS3Key';
  const directory = resolveChannelDirectory(paths, name);
  if (mayBeEmpty || (await listFiles(directory)).length > 0) return undefined;
  return problem('CHANNEL_EMPTY', `has no files in ${directory}: ${emptyCauses}`);
}

const emptyCauses =
  'usual causes are an S3 prefix that is misspelt or has nothing below it, a name of the channel that differs from the one in the job, and data in another region or account';

/** Whether a FIFO will give anything is known only when it is read. */
function findPipeProblem(
  name: string,
  config: InputDataConfig,
  problem: (code: TrainErrorCode, message: string) => JobProblem,
): JobProblem | undefined {
  const epochName = /^(.*)_\d+$/;
  const clash = Object.keys(config).find((other) => epochName.exec(other)?.[1] === name);
  if (clash === undefined) return undefined;
  return problem(
    'CHANNEL_MODE_UNSUPPORTED',
    `comes in Pipe mode, and ${clash} has the name of one of its FIFOs: rename one of the two channels`,
  );
}

/** The type without parameters; what cannot be parsed is compared as it stands. */
function readType(contentType: string): string {
  try {
    return parseMediaType(contentType).type;
  } catch {
    return contentType;
  }
}
