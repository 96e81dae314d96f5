/** Makes a failure known: in the log, and in the failure file. */

import { constants as fileModes } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { inspect } from 'node:util';
import { readConfigFile } from '@optml/contract';
import { ContractError } from '@optml/contract/errors';
import { writeFailureFile } from '@optml/contract/failure-file';
import type { Log } from '@optml/contract/log';
import type { Paths } from '@optml/contract/paths';
import { readOomKills } from '@optml/contract/resources';
import { TrainError, type TrainErrorCode } from '../errors.ts';
import { joinLines } from '../failures/clean-text.ts';
import { composeReason } from '../failures/compose-reason.ts';
import { explainEnding } from '../failures/explain-ending.ts';
import { explainOutput } from '../failures/explain-output.ts';
import { type EndingFacts, type Explanation, explain as explainAs } from '../failures/explanation.ts';
import { classifyCode, type FailureClass } from '../failures/failure-class.ts';
import { findFinalError } from '../failures/find-final-error.ts';
import { findLastWords } from '../failures/find-last-words.ts';
import { hintAtNames } from '../failures/hint-at-names.ts';
import { readStopSignal } from '../failures/read-ending-signal.ts';
import { formatConsoleLine, readConsole } from '../job/console-line.ts';
import { createSupervisorLog } from '../job/create-supervisor-log.ts';
import { isAccessible } from '../job/file-checks.ts';
import { type JobContext, peekConfig } from '../job/job-context.ts';
import { createMask, type Mask } from '../job/mask-secrets.ts';
import type { FailureReport } from '../job/messages.ts';
import type { Launch } from './prepare-launch.ts';
import type { Ending } from './supervise-process.ts';
import type { TrainingResult } from './training-options.ts';

/** Everything that the failure file is composed of. */
interface Failure extends Explanation {
  readonly lastLines: readonly string[];
}

/**
 * Reports a job that was not started at all.
 *
 * @throws any other error: a bug.
 */
export async function reportRefusal(error: unknown, context: JobContext): Promise<TrainingResult> {
  if (!(error instanceof TrainError || error instanceof ContractError)) throw error;
  const { code, message } = error;
  return report({ ...explainAs(code, message), lastLines: [] }, refusalExitCodes[code] ?? 1, context);
}

/** What a shell says of a command that is not there, and of one that cannot be run. */
const refusalExitCodes: Readonly<Record<string, number>> = { PROGRAM_MISSING: 127, PROGRAM_INVALID: 126 };

/** How the author's process ended, with what is known of it. */
export interface EndedJob {
  readonly ending: Ending;
  /** What it said itself. */
  readonly report: FailureReport | undefined;
  readonly launch: Launch;
  /** True when another host's failure stopped it. */
  readonly isPeerFailure: boolean;
}

/** Reports that another host has failed; the exit code is this host's own where it is not 0. */
export function reportPeerFailure(
  reason: unknown,
  { exitCode }: TrainingResult,
  context: JobContext,
): Promise<TrainingResult> {
  const { code, message } = reason as TrainError;
  const [, peerClass] =
    /^host \S+ failed: (UserError|AlgorithmError|OutOfMemory|PlatformError): /.exec(message) ?? [];
  const failureClass = (peerClass as FailureClass | undefined) ?? classifyCode(code);
  return report({ ...explainAs(code, message), failureClass, lastLines: [] }, exitCode || 1, context);
}

/** Reports a fault of the runner: the console gets its words, the log the whole of it. */
export function reportFault(error: unknown, context: JobContext): Promise<TrainingResult> {
  const code: TrainErrorCode = 'RUNNER_FAILED';
  createSupervisorLog(context).error(createMask(context)(inspect(error)));
  const cause = `the training runner itself failed: ${error instanceof Error ? error.message : inspect(error)}`;
  const hint = 'this is a bug in optml: please report it with the log';
  return report({ ...explainAs(code, cause, hint), lastLines: [] }, 1, context);
}

/** Reports how the author's process ended, which was either badly or not alone. */
export async function reportEnding(
  { ending, report: own, launch, isPeerFailure }: EndedJob,
  context: JobContext,
): Promise<TrainingResult> {
  const log = createSupervisorLog(context);
  const mask = createMask(context);
  for (const { pid, command } of ending.leftovers)
    log.warn('a process was left behind and killed', { pid, command: mask(command) });
  if (ending.exitCode === 0) return { exitCode: 0 };
  const exitCode = chooseExitCode(ending);
  // The reason is the other host's, and is reported with it.
  if (isPeerFailure) return { exitCode, code: 'CLUSTER_HOST_FAILED', reason: own?.message ?? '' };
  const stopSignal = ending.stopRequested && !ending.timedOut ? readStopSignal(ending) : undefined;
  if (stopSignal !== undefined && own === undefined) {
    const reason = `training was stopped by ${stopSignal} before it could end by itself`;
    log.info(reason);
    return { exitCode, code: 'TRAINING_STOPPED', reason };
  }
  const failure =
    own === undefined ? await explain(ending, launch, context) : await describe(own, ending, launch, context);
  return report(failure, exitCode, context);
}

/** As a shell has it: 127 for what is not there, 126 for what cannot be run, 128 + n for signal n. */
function chooseExitCode({ exitCode, signal, startError }: Ending): number {
  if (exitCode !== null) return exitCode;
  if (signal !== null) return 128 + constants.signals[signal];
  return startError?.code === 'ENOENT' ? 127 : 126;
}

/** What the author's code threw may be the system's word: a full disk and the like have an explanation. */
async function describe(
  { code, message, hint, frames: ownFrames }: FailureReport,
  ending: Ending,
  launch: Launch,
  context: JobContext,
): Promise<Failure> {
  const isAuthors = code === 'TRAINING_FAILED' || code === 'TRAINING_IMPORT_FAILED';
  const frames = ownFrames.length === 0 && isAuthors ? findPrintedFrames(message, ending) : ownFrames;
  const lastLines = frames.length === 0 ? [] : ending.lastErrorLines;
  const thrown = { ...ending, lastErrorLines: [message] };
  const told = { ...explainAs(code, message, hint, frames), lastLines };
  if (!isAuthors) return told;
  const facts = await listFacts(ending, launch, context);
  const explanation = await explainOutput(thrown, facts);
  if (explanation !== undefined && explanation.code !== 'TRAINING_FAILED')
    return { ...explanation, frames, lastLines };
  return { ...told, hint: (await hintAtNames({ line: message, frames }, facts)) ?? hint };
}

/** Where code cannot be parsed is known to Node alone, which prints it. */
function findPrintedFrames(message: string, { lastErrorLines }: Ending): readonly string[] {
  const printed = findFinalError(lastErrorLines);
  return printed !== undefined && message.endsWith(printed.line) ? printed.frames : [];
}

async function explain(ending: Ending, launch: Launch, context: JobContext): Promise<Failure> {
  const lastLines = findLastWords(ending, { hasMpirun: launch.mpi !== undefined });
  const explanation = await explainEnding(
    { ...ending, lastErrorLines: lastLines },
    await listFacts(ending, launch, context),
  );
  return { ...explanation, lastLines };
}

async function listFacts(ending: Ending, launch: Launch, context: JobContext): Promise<EndingFacts> {
  // They may be mounts of their own.
  const { root, model, output, checkpoints } = context.paths;
  const { environment: variables } = launch.commands[0];
  return {
    program: launch.program,
    variables: Object.keys(variables).filter((name) => variables[name] !== undefined),
    channels: Object.keys(peekConfig(context.paths, 'inputdataconfig') ?? {}),
    mpiProgram: launch.mpi && launch.commands[0].file,
    heapLimitMiB: launch.heapLimitMiB,
    memoryBytes: launch.resources.memoryBytes,
    oomKillsBefore: launch.oomKillsBefore,
    oomKillsAfter: readOomKills(),
    stopRequested: ending.stopRequested,
    stopTimeoutMs: context.stopTimeoutMs,
    root,
    rootIsWritable: await isAccessible(root, fileModes.W_OK),
    directories: [root, model, output, checkpoints, tmpdir()],
  };
}

/** The name of this host where there are others that might have failed. */
async function readHost(paths: Paths): Promise<string | undefined> {
  const config = await readConfigFile(paths, 'resourceConfig').catch(() => undefined);
  return config !== undefined && config.hosts.length > 1 ? config.current_host : undefined;
}

async function report(failure: Failure, exitCode: number, context: JobContext): Promise<TrainingResult> {
  const { paths } = context;
  const mask = createMask(context);
  const reason = composeReason({ ...failure, host: await readHost(paths) }, mask);
  const log = createSupervisorLog(context);
  const outcome = await writeFailureFile(paths, reason).catch((error: Error) => error);
  // Where the author has written a reason, that is what the console will show.
  if (readConsole(context.environment) === 'none' || outcome !== 'written') logFailure(failure, log, mask);
  else context.writeLine(formatConsoleLine({ kind: 'failure', text: describeWhole(failure, mask) }));
  if (outcome instanceof Error) log.error(`the failure file cannot be written: ${outcome.message}`);
  return { exitCode, code: failure.code, reason };
}

/** The whole of it: only the failure file must be short. */
function describeWhole({ failureClass, cause, hint, frames }: Failure, mask: Mask): string {
  const where = frames.map((frame) => `\n    at ${frame}`).join('');
  return mask(`${failureClass}: ${cause}${where}${hint === undefined ? '' : `\nhint: ${hint}`}`);
}

/** Last lines stand in the log already. */
function logFailure({ cause, hint, frames }: Failure, log: Log, mask: Mask): void {
  const clean = (text: string) => mask(joinLines(mask(text)));
  const where = frames.length === 0 ? '' : ` (at ${frames.join(', ')})`;
  log.error(clean(`training failed: ${cause}${where}`));
  if (hint !== undefined) log.error(clean(`hint: ${hint}`));
}
