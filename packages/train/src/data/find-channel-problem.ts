/** Compares what a definition asks of a channel with what the job gives. */

import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import type { InputDataConfig } from '@optml/contract';
import type { JobProblem, TrainErrorCode } from '../errors.ts';
import { findClosest, nameSome } from '../hyperparameters/suggest-name.ts';
import { type ChannelDeclaration, readContentType } from './channel-declaration.ts';
import type { FileList } from './list-files.ts';

/** Finds the first thing that is wrong with one channel; `list` holds its files, of which Pipe mode has none. */
export async function findChannelProblem(
  name: string,
  declaration: ChannelDeclaration,
  config: InputDataConfig,
  list: FileList | undefined,
): Promise<JobProblem | undefined> {
  const entry = config[name];
  const required = declaration.required ?? true;
  const problem = (code: TrainErrorCode, message: string): JobProblem => ({
    code,
    message: `channel ${name} ${message}`,
  });
  if (entry === undefined) {
    if (!required) return undefined;
    return problem('CHANNEL_MISSING', describeMissing(name, Object.keys(config)));
  }
  const mode = entry.TrainingInputMode;
  const { modes = [mode], contentTypes = [] } = declaration;
  if (!modes.includes(mode)) {
    return problem('CHANNEL_MODE_UNSUPPORTED', `is in ${mode} mode: expected ${modes.join(' or ')}`);
  }
  const readable = contentTypes.map((contentType) => readContentType(contentType).type);
  if (
    entry.ContentType &&
    readable.length > 0 &&
    !readable.includes(readContentType(entry.ContentType).type)
  ) {
    return problem(
      'CHANNEL_CONTENT_TYPE',
      `has content type ${JSON.stringify(entry.ContentType)}: expected ${contentTypes.join(' or ')}`,
    );
  }
  if (list === undefined) return findPipeProblem(name, config, problem);
  const mayBeEmpty = !required || entry.S3DistributionType === 'ShardedByS3Key';
  const lack = mayBeEmpty ? undefined : await findLack(list);
  return lack === undefined ? undefined : problem('CHANNEL_EMPTY', lack);
}

/** The job's name is the likely slip, not the definition's: that one is what the code reads. */
function describeMissing(name: string, given: readonly string[]): string {
  const slip = findClosest(name, given);
  if (slip !== undefined)
    return `is missing from the job's InputDataConfig: rename its channel ${slip} to ${name}`;
  const others = given.length === 0 ? 'which has no channels' : `which has ${given.join(', ')}`;
  return `is missing from the job's InputDataConfig, ${others}: add it`;
}

const emptyCauses =
  'common causes are a misspelt or empty S3 prefix, a channel name that differs from that in the job, and data in another region or account';

/** Says why a folder has no data; undefined when it has some. */
async function findLack({ directory, files, skipped }: FileList): Promise<string | undefined> {
  if (files.length > 0) {
    if (await haveBytes(files)) return undefined;
    const names = nameSome(files.map((file) => relative(directory, file)));
    return `has only empty files in ${directory} (${names}): store data below its S3 prefix, or declare required: false if training works without it`;
  }
  if (skipped.length === 0) return `has no files in ${directory}: ${emptyCauses}`;
  const names = nameSome(skipped.map((file) => relative(directory, file)));
  return `has no data in ${directory}, only files that are not read as data (${names}): store data below its S3 prefix, or declare allFiles: true to read these files`;
}

async function haveBytes(files: readonly string[]): Promise<boolean> {
  for (const file of files) {
    if ((await stat(file)).size > 0) return true;
  }
  return false;
}

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
    `is in Pipe mode, and channel ${clash} is named like one of its FIFOs: rename one of the two channels`,
  );
}
