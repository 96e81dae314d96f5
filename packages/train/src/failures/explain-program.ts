/** Endings because the program itself cannot run: missing, a folder, not executable, with Windows line ends. */

import { constants, stat } from 'node:fs/promises';
import { isAccessible, isFile } from '../job/file-checks.ts';
import {
  adviseOnLineEnds,
  nameCommand,
  type ProgramHead,
  readProgramHead,
} from '../programs/read-program-head.ts';
import { type EndingFacts, type Explanation, explain, type ProcessEnding } from './explanation.ts';

export async function explainProgram(
  ending: ProcessEnding,
  { program }: EndingFacts,
): Promise<Explanation | undefined> {
  if (ending.startError?.code === 'E2BIG') return explainSize(ending);
  if (program === undefined || ending.signal !== null) return undefined;
  const { path } = program;
  const head = await inspect(path);
  const isReadable = typeof head === 'object';
  const started = (ending.startError as { readonly path?: string | undefined } | undefined)?.path ?? path;
  // The launcher or the interpreter of a suffix, not the program, is what could not be started.
  const isProgram = started === path || (isReadable && started === head.shebang?.interpreter);
  if (ending.startError?.code === 'ENOENT' && !isProgram) {
    return explain('MODULE_MISSING', `${started} is not in the image`, `install ${started} in the image`);
  }
  if (!isReadable) return explainAbsence(path, head);
  if (head.lineEnds !== 'unix' && hasLineEndTrouble(ending)) {
    return explain(
      'PROGRAM_INVALID',
      `program ${path} has Windows line endings (CRLF)${quoteInterpreter(head)}`,
      adviseOnLineEnds(path),
    );
  }
  const code = ending.startError?.code;
  if (code === 'ENOENT' || (ending.exitCode === 127 && isNotFound(head, ending)))
    return explainInterpreter(path, head, ending);
  if (isMisread(path, head, ending)) return explainFormat(path);
  if (code === 'EACCES' || ending.exitCode === 126) return explainRefusal(path, head, ending);
  return undefined;
}

/** One argument or variable may have 128 KiB; source: execve(2). */
function explainSize({ startError }: ProcessEnding): Explanation {
  return explain(
    'PROGRAM_INVALID',
    `the program's arguments and environment are larger than the kernel takes: ${startError?.message}`,
    'pass large values as a channel instead of as hyperparameters or environment variables',
  );
}

/** Why there is no program to read: the code, what is wrong, and what to change. */
const absences = {
  missing: [
    'PROGRAM_MISSING',
    'does not exist',
    'check sagemaker_program, the source folder, and that the image copies the file',
  ],
  directory: ['PROGRAM_INVALID', 'is a folder', 'name the file in it to run'],
  unreadable: [
    'PERMISSION_DENIED',
    'cannot be reached: permission denied',
    'make its folders readable to the user that the container runs as',
  ],
} as const;

async function inspect(path: string): Promise<ProgramHead | keyof typeof absences> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : await readProgramHead(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable';
  }
}

function explainAbsence(path: string, absence: keyof typeof absences): Explanation {
  const [code, problem, hint] = absences[absence];
  return explain(code, `program ${path} ${problem}`, hint);
}

/** A file with such ends runs well where its language does not mind, so its ending must fit as well. */
function hasLineEndTrouble({ exitCode, startError, lastErrorLines }: ProcessEnding): boolean {
  if (startError !== undefined) return startError.code === 'ENOENT';
  return exitCode === 127 || lastErrorLines.some((line) => /\\r|\r.|Illegal option -$/.test(line));
}

function quoteInterpreter({ shebang }: ProgramHead): string {
  const command = shebang === undefined ? '' : nameCommand(shebang);
  return command.endsWith('\r') ? `: Linux looks for interpreter ${JSON.stringify(command)}` : '';
}

/** `env` names what it does not find. */
const envWords = /^(?:\S*\/)?env: [‘'"]?([^’'"]+)/;

/** A script may find its interpreter and then not find a command: that is for its output to tell. */
function isNotFound({ shebang }: ProgramHead, { lastErrorLines }: ProcessEnding): boolean {
  const startsEnv = shebang !== undefined && nameCommand(shebang) !== shebang.interpreter;
  return startsEnv && lastErrorLines.some((line) => envWords.test(line));
}

function explainInterpreter(path: string, { shebang }: ProgramHead, ending: ProcessEnding): Explanation {
  const [, missing = shebang && nameCommand(shebang)] =
    ending.lastErrorLines.map((line) => envWords.exec(line)).findLast((found) => found !== null) ?? [];
  return explain(
    'PROGRAM_INVALID',
    `program ${path} exists but ${
      missing === undefined ? 'its loader, or the working directory,' : `its interpreter ${missing}`
    } is not in the image`,
    missing === undefined
      ? 'was it built for another libc (glibc or musl)?'
      : 'install the interpreter, or correct the first line of the program',
  );
}

/** What the kernel refuses for its format is given to a shell by the C library, and the shell trips over its bytes. */
function isMisread(path: string, { isBinary }: ProgramHead, { lastErrorLines }: ProcessEnding): boolean {
  const complaint = /: (?:line )?\d+: |exec format error|cannot execute binary file/i;
  return isBinary && lastErrorLines.some((line) => line.includes(`${path}: `) && complaint.test(line));
}

function explainFormat(path: string): Explanation {
  return explain(
    'PROGRAM_INVALID',
    `program ${path} has a format or CPU architecture that this machine cannot run`,
    'build the image for the architecture of the instance, usually linux/amd64',
  );
}

async function explainRefusal(
  path: string,
  { shebang }: ProgramHead,
  { lastErrorLines }: ProcessEnding,
): Promise<Explanation | undefined> {
  const isExecutable = await canExecute(path);
  if (isExecutable && shebang !== undefined && !(await canExecute(shebang.interpreter))) {
    return explain(
      'PROGRAM_INVALID',
      `program ${path} cannot be run: its interpreter ${shebang.interpreter} is not executable`,
      'correct the first line of the program, or run chmod +x on the interpreter',
    );
  }
  // Exit code 126 of an executable script is about a command in it.
  if (isExecutable && lastErrorLines.length > 0) return undefined;
  return explain(
    'PROGRAM_NOT_EXECUTABLE',
    `program ${path} is not executable: permission denied`,
    `run chmod +x ${path} before the image is built, or RUN chmod +x in the Dockerfile; nothing can be run from a file system that is mounted with noexec`,
  );
}

/** False for a folder, too, which can be entered and not be run. */
async function canExecute(path: string): Promise<boolean> {
  return (await isFile(path)) && isAccessible(path, constants.X_OK);
}
