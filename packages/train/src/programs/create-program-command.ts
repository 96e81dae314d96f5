/** Says how a program is started: by its suffix or its first line, without a shell. */

import { chmod, constants } from 'node:fs/promises';
import { extname } from 'node:path';
import process from 'node:process';
import { TrainError } from '../errors.ts';
import { isAccessible } from '../job/file-checks.ts';
import type { ProcessCommand } from './process-command.ts';
import { adviseOnLineEnds, isShellScript, type ProgramHead, readProgramHead } from './read-program-head.ts';

/** `node` and `python` run a program by its suffix; an `executable` says itself what runs it. */
export type ProgramKind = 'node' | 'python' | 'executable';

export function identifyProgram(program: string): ProgramKind {
  const suffix = extname(program).toLowerCase();
  if (/^\.[cm]?[jt]s$/.test(suffix)) return 'node';
  return suffix === '.py' ? 'python' : 'executable';
}

export interface ProgramCommandOptions {
  readonly program: string;
  readonly sourceDirectory: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Arguments of Node in front of a JavaScript program. */
  readonly nodeArguments: readonly string[];
}

/**
 * Creates the command; it runs in the source folder, as with the Python toolkit.
 *
 * @throws TrainError `PROGRAM_INVALID` for a script that a shell would misread.
 */
export async function createProgramCommand(options: ProgramCommandOptions): Promise<ProcessCommand> {
  const { program, sourceDirectory, argv, environment, nodeArguments } = options;
  const kind = identifyProgram(program);
  const [file, ...words] =
    kind === 'node'
      ? [process.execPath, ...nodeArguments, program]
      : kind === 'python'
        ? ['python3', program]
        : await chooseWords(program);
  return {
    file,
    arguments: [...words, ...argv],
    workingDirectory: sourceDirectory,
    environment,
    hasChannel: kind === 'node',
  };
}

/** The words that start a file which its first line says how to run: itself, its interpreter, or bash. */
async function chooseWords(program: string): Promise<readonly [string, ...string[]]> {
  // What may be run but not read is not a script.
  const head = await readProgramHead(program).catch(() => undefined);
  if (head !== undefined) assertReadable(program, head);
  if (head !== undefined && head.shebang === undefined && !head.isBinary) return [await findShell(), program];
  // Archives made on other systems lose the mode; the Python toolkit sets it too.
  if (!(await isAccessible(program, constants.X_OK))) await chmod(program, 0o755).catch(() => {});
  if (head?.shebang === undefined || (await isAccessible(program, constants.X_OK))) return [program];
  const { interpreter, argument } = head.shebang;
  return [interpreter, ...(argument === undefined ? [] : [argument]), program];
}

/** A shell that cannot read a line goes on with the next, and the job may end well without having done its work. */
function assertReadable(program: string, head: ProgramHead): void {
  if (head.byteOrderMark !== undefined) {
    const message = `program ${program} begins with a ${head.byteOrderMark} byte order mark, which neither Linux nor a shell accepts: save it as UTF-8 without one`;
    throw new TrainError('PROGRAM_INVALID', message);
  }
  if (head.lineEnds === 'windows' && isShellScript(head)) {
    const message = `program ${program} has Windows line endings (CRLF), which a shell reads as part of its commands: ${adviseOnLineEnds(program)}`;
    throw new TrainError('PROGRAM_INVALID', message);
  }
}

async function findShell(): Promise<string> {
  return (await isAccessible('/bin/bash', constants.X_OK)) ? '/bin/bash' : '/bin/sh';
}
