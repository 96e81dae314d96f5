/** `optml train`: one training job on this machine, as the platform would run it. */

import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { limits } from '@optml/contract/limits';
import type { Paths } from '@optml/contract/paths';
import { parseMetricLine } from '@optml/train';
import { CliError } from '../errors.ts';
import { describeRoot } from '../local-root/describe-root.ts';
import { type LocalRoot, openLocalRoot } from '../local-root/open-local-root.ts';
import { parseTrainingOptions } from '../local-root/training-options.ts';
import { startContainer } from '../process/container-process.ts';
import type { Context } from '../process/context.ts';
import type { Ending } from '../process/subprocess.ts';
import { type ContainerCommand, resolveProjectCommand } from '../project/project-command.ts';
import { createLogDisplay, type LogDisplay } from '../terminal/log-display.ts';
import { writeProse, writeResult, writeTo } from '../terminal/write-to.ts';

/** The options of `optml train` as they were typed. */
export interface TrainOptions {
  readonly root?: string;
  readonly input: readonly string[];
  readonly hyperparameter: readonly string[];
  readonly resume?: true;
  readonly json?: true;
}

/**
 * Prepares a tree, runs the container's `train` on it, and reports where the model is and the last
 * value of each metric.
 *
 * @throws CliError `TRAINING_FAILED` with the text of `output/failure`, `TRAINING_STOPPED` after a
 * signal, or what the preparation throws.
 */
export async function train(
  options: TrainOptions,
  command: readonly string[] | undefined,
  context: Context,
): Promise<void> {
  const training = parseTrainingOptions(options);
  const container = await resolveProjectCommand(command, 'train', context);
  const { workingDirectory, stderr } = context;
  const resume = options.resume === true;
  const root = await openLocalRoot(options.root ?? container.defaultRoot, training, {
    workingDirectory,
    resume,
    now: new Date(),
  });
  try {
    const warn = (message: string) => void writeProse(stderr, message);
    for (const line of await describeRoot(root, { resume, warn })) await writeProse(stderr, line);
    const result = await runJob(container, root, context);
    await printResult({ ...result, json: options.json === true }, context);
  } finally {
    await root.close();
  }
}

/** Runs the container to its end. */
async function runJob(
  container: ContainerCommand,
  { paths, holdFor }: LocalRoot,
  { environment, stderr, stop, kill }: Pick<Context, 'environment' | 'stderr' | 'stop' | 'kill'>,
): Promise<Omit<TrainingResult, 'json'>> {
  const startedMs = performance.now();
  const metrics = new Map<string, number>();
  const display = createLogDisplay(stderr);
  const job = await startContainer(container.command, {
    role: 'train',
    root: paths.root,
    environment: {
      ...environment,
      ...container.environment,
      TRAINING_JOB_NAME: nameJob(new Date()),
      OPTML_CONSOLE: display.console,
    },
    stderr,
    stop,
    stopTimeoutMs: limits.trainingStopMs,
    kill,
    display: {
      ...display,
      write(lines) {
        collectMetrics(lines, metrics);
        return display.write(lines);
      },
    },
  });
  holdFor(job.processGroup);
  const ending = await job.ended;
  display.finish();
  const durationMs = Math.round(performance.now() - startedMs);
  await assertCompleted(ending, { paths, display, stopped: stop.aborted });
  return { paths, durationMs, metrics };
}

/** A name that the API would accept: letters, digits and single hyphens. */
function nameJob(now: Date): string {
  return `optml-local-${now
    .toISOString()
    .replace(/[^0-9]+/g, '-')
    .replace(/-$/, '')}`;
}

function collectMetrics(lines: Buffer, metrics: Map<string, number>): void {
  for (const line of lines.toString('utf8').split(/[\r\n]+/)) {
    const metric = parseMetricLine(line);
    if (metric !== undefined) metrics.set(metric.name, metric.value);
  }
}

async function assertCompleted(
  { exitCode, signal, killed }: Ending,
  job: { readonly paths: Paths; readonly display: LogDisplay; readonly stopped: boolean },
): Promise<void> {
  const { paths, display, stopped } = job;
  if (stopped) {
    const told = display.failure();
    const how = killed ? 'it did not end in time and was killed' : `exit code ${exitCode}`;
    throw new CliError(
      'TRAINING_STOPPED',
      `training was stopped (${how}): what it saved is in ${paths.model}${told === undefined ? '' : `\n${told}`}`,
      { facts: { exitCode } },
    );
  }
  if (exitCode === 0) return;
  const ended = signal === undefined ? `exit code ${exitCode}` : `exit code ${exitCode}, ${signal}`;
  throw new CliError('TRAINING_FAILED', `training failed (${ended}): ${await findReason(job)}`, {
    facts: { exitCode },
  });
}

/** The container's own words: as it told them whole, or as it wrote them down, unless the log has shown them. */
async function findReason(job: { readonly paths: Paths; readonly display: LogDisplay }): Promise<string> {
  const { paths, display } = job;
  const told = display.failure();
  if (told !== undefined) return told;
  const written = (await readFile(paths.failure, 'utf8').catch(() => '')).trim();
  if (written === '') return `the container wrote no reason to ${paths.failure}: see its log`;
  return display.hasShown(written) ? `its log has the reason, which is also in ${paths.failure}` : written;
}

interface TrainingResult {
  readonly paths: Paths;
  readonly durationMs: number;
  readonly metrics: ReadonlyMap<string, number>;
  readonly json: boolean;
}

async function printResult(
  { paths, durationMs, metrics, json }: TrainingResult,
  { stdout, stderr }: Pick<Context, 'stdout' | 'stderr'>,
): Promise<void> {
  const files = await listFiles(paths.model);
  if (files.length === 0) await writeProse(stderr, `the container wrote no model to ${paths.model}`);
  if (json) {
    const { root, model: modelDirectory } = paths;
    const data = {
      root,
      modelDirectory,
      exitCode: 0,
      durationMs,
      metrics: Object.fromEntries(metrics),
      files,
    };
    return writeResult(stdout, data);
  }
  const lines = [...metrics].map(([name, value]) => `metric ${name} ${value}\n`);
  await writeTo(stdout, [`model  ${paths.model}\n`, ...lines].join(''));
}

/** Relative to `folder`, sorted. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const file of walk(folder)) files.push(relative(folder, file));
  return files.sort();
}

/** Links to folders are not followed: `recursive` of `readdir` follows them from Node 26 on. */
async function* walk(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}
