/** Endings because the program itself cannot run: missing, a folder, not executable, with Windows line ends. */

import { access, constants, open, stat } from 'node:fs/promises';
import { type EndingFacts, type Explanation, explain, type ProcessEnding } from './explanation.ts';

export async function explainProgram(
  ending: ProcessEnding,
  { program }: EndingFacts,
): Promise<Explanation | undefined> {
  if (ending.startError?.code === 'E2BIG') return explainSize(ending);
  if (program === undefined || ending.signal !== null) return undefined;
  const { path } = program;
  const started = (ending.startError as { readonly path?: string } | undefined)?.path;
  // The interpreter or launcher, not the program, is what could not be started.
  if (ending.startError?.code === 'ENOENT' && started !== undefined && started !== path) {
    return explain('MODULE_MISSING', `${started} is not in the image`, `install ${started} in the image`);
  }
  const file = await inspect(path);
  if (file === 'missing') {
    return explain(
      'PROGRAM_MISSING',
      `program ${path} does not exist`,
      'look at sagemaker_program, the source folder, and that the image copies the file',
    );
  }
  if (file === 'folder') {
    return explain('PROGRAM_INVALID', `program ${path} is a folder`, 'name the file in it that is to run');
  }
  if (file === 'unreadable') {
    return explain(
      'PERMISSION_DENIED',
      `program ${path} cannot be reached: permission denied`,
      'make its folders readable for the user that the container runs as',
    );
  }
  if (file.endsWith('\r') && hasLineEndTrouble(ending)) {
    return explain(
      'PROGRAM_INVALID',
      `program ${path} has Windows line ends (CRLF): Linux looks for ${quoteInterpreter(file)}`,
      `convert it with sed -i 's/\\r$//' ${path}, and keep it so with "*.sh text eol=lf" in .gitattributes`,
    );
  }
  const code = ending.startError?.code;
  if (code === 'ENOENT' || (ending.exitCode === 127 && isNotFound(ending)))
    return explainInterpreter(path, file);
  if (code === 'EACCES' || ending.exitCode === 126) return explainRefusal(path, ending);
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

const firstBytes = 256;

/** The first line of the file, or why there is none. */
async function inspect(path: string): Promise<'missing' | 'folder' | 'unreadable' | (string & {})> {
  try {
    if ((await stat(path)).isDirectory()) return 'folder';
    await using handle = await open(path);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(firstBytes));
    return buffer.toString('utf8', 0, bytesRead).split('\n', 1)[0] ?? '';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable';
  }
}

/** A file with such ends runs well where its language does not mind, so its ending must fit as well. */
function hasLineEndTrouble({ exitCode, startError, lastErrorLines }: ProcessEnding): boolean {
  if (startError !== undefined) return startError.code === 'ENOENT';
  return exitCode === 127 || lastErrorLines.some((line) => /\\r|\r.|Illegal option -$/.test(line));
}

function quoteInterpreter(line: string): string {
  const interpreter = readInterpreter(line);
  return interpreter === undefined
    ? 'commands that end in "\\r"'
    : `interpreter ${JSON.stringify(`${interpreter}\r`)}`;
}

/** A script may find its interpreter and then not find a command: that is for its output to tell. */
function isNotFound({ lastErrorLines }: ProcessEnding): boolean {
  return lastErrorLines.length === 0 || lastErrorLines.some((line) => /^(?:\S*\/)?env: /.test(line));
}

function explainInterpreter(path: string, line: string): Explanation {
  const interpreter = readInterpreter(line);
  const missing =
    interpreter === undefined ? 'its loader, or the working directory,' : `its interpreter ${interpreter}`;
  return explain(
    'PROGRAM_INVALID',
    `program ${path} exists but ${missing} is not in the image`,
    interpreter === undefined
      ? 'was it built for another libc (glibc or musl)?'
      : 'install the interpreter, or correct the first line of the program',
  );
}

/** `#!/usr/bin/env node` asks for node. */
function readInterpreter(line: string): string | undefined {
  return /^#!\s*(?:\S*\/env\s+(?:-\S+\s+)*)?(\S+)/.exec(line)?.[1];
}

async function explainRefusal(
  path: string,
  { lastErrorLines }: ProcessEnding,
): Promise<Explanation | undefined> {
  if (lastErrorLines.some((line) => /exec format error/i.test(line))) {
    return explain(
      'PROGRAM_INVALID',
      `program ${path} is of a format or CPU architecture that this machine cannot run`,
      'build the image for the architecture of the instance, mostly linux/amd64',
    );
  }
  const isExecutable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  // Exit code 126 of an executable script is about a command in it.
  if (isExecutable && lastErrorLines.length > 0) return undefined;
  return explain(
    'PROGRAM_NOT_EXECUTABLE',
    `program ${path} is not executable: permission denied`,
    `run chmod +x ${path} before the image is built, or RUN chmod +x in the Dockerfile`,
  );
}
