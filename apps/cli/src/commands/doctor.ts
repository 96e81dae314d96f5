/** `optml doctor`: what of this machine, the project and AWS would make a command fail. */

import { tmpdir } from 'node:os';
import { readValue } from '../configuration/settings.ts';
import type { Check } from '../doctor/check.ts';
import { skipped } from '../doctor/check.ts';
import { checkAws } from '../doctor/check-aws.ts';
import { checkDisk, checkEngine, checkNode, checkPlatform, checkProxy } from '../doctor/check-machine.ts';
import { checkModules, checkPackageManager } from '../doctor/check-project.ts';
import { CliError } from '../errors.ts';
import { nameImage } from '../image/read-image-declaration.ts';
import type { Context } from '../process/context.ts';
import { type OpenProject, openProject } from '../project/open-project.ts';
import { writeResult, writeTo } from '../terminal/write-to.ts';

/** The options of `optml doctor`. */
export interface DoctorOptions {
  readonly region?: string;
  readonly repository?: string;
  /** False with `--no-aws`. */
  readonly aws: boolean;
  readonly json?: true;
}

/** Prints a line for each check as it is made. @throws CliError `DOCTOR_FAILED` when one says that a command would fail */
export async function doctor(options: DoctorOptions, context: Context): Promise<void> {
  const checks: Check[] = [];
  for await (const check of checkAll(options, context)) {
    checks.push(check);
    if (options.json !== true) await writeTo(context.stdout, formatCheck(check));
  }
  const failed = checks.filter(({ status }) => status === 'error').map(({ name }) => name);
  if (failed.length > 0) {
    throw new CliError(
      'DOCTOR_FAILED',
      `a command would fail because of ${failed.join(', ')}: follow the fix of each line above`,
      {
        facts: { checks },
      },
    );
  }
  if (options.json === true) await writeResult(context.stdout, { checks });
}

async function* checkAll(options: DoctorOptions, context: Context): AsyncGenerator<Check> {
  const { environment, workingDirectory, stderr, stop: signal } = context;
  yield checkNode(process);
  yield checkPlatform(process);
  yield await checkEngine(environment);
  yield await checkDisk([workingDirectory, tmpdir()]);
  const proxy = checkProxy(environment);
  yield proxy;
  const found = await findProject(options, context);
  if ('status' in found) {
    yield found;
  } else {
    yield await checkPackageManager(found.project, environment);
    yield await checkModules(found.project, { environment, stderr });
  }
  if (!options.aws || proxy.status === 'error') return;
  const repository = 'status' in found ? options.repository : found.repository;
  yield* checkAws({ region: options.region, repository, environment, signal });
}

/** A folder that is not a project is fine; a project that cannot be read, or whose image has no name, is not. */
async function findProject(
  flags: DoctorOptions,
  { workingDirectory, environment }: Context,
): Promise<{ readonly project: OpenProject; readonly repository: string } | Check> {
  try {
    const project = await openProject(workingDirectory);
    const given = { flags: { ...flags }, environment };
    const named = readValue<string | undefined>('registry.repository', project.loaded, given);
    return { project, repository: named ?? nameImage(project) };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    if (error.code === 'PROJECT_MISSING') return skipped('project', error.message);
    return { name: 'project', status: 'error', message: error.message, fix: 'change what the text names' };
  }
}

function formatCheck({ name, status, message, fix }: Check): string {
  const line = `${status.padEnd(8)} ${name.padEnd(16)} ${message.replace(/\s+/g, ' ')}\n`;
  return fix === undefined ? line : `${line}${' '.repeat(26)}fix: ${fix}\n`;
}
