/** What the first bytes of a program's file say of how it is run. */

import { open } from 'node:fs/promises';
import { basename } from 'node:path';

/** The first line of a script, read as the kernel reads it. Source: execve(2), "Interpreter scripts". */
export interface Shebang {
  readonly interpreter: string;
  /** All that stands behind the interpreter, which the kernel passes as one argument; undefined when there is nothing. */
  readonly argument: string | undefined;
}

export interface ProgramHead {
  /** Undefined for a file whose first line names no interpreter. */
  readonly shebang: Shebang | undefined;
  /** True for a file that only the kernel can run, if it can. */
  readonly isBinary: boolean;
  /** The encoding whose byte order mark the file begins with. */
  readonly byteOrderMark: 'UTF-8' | 'UTF-16' | undefined;
  /** `windows` when most lines end in CRLF, `mixed` when some do. */
  readonly lineEnds: 'unix' | 'mixed' | 'windows';
}

const headBytes = 64 * 1024;
/** As far as bash looks for a NUL, by which it knows what is not a script. */
const binaryBytes = 256;

/** Reads it; rejects with the system's error when the file cannot be read. */
export async function readProgramHead(path: string): Promise<ProgramHead> {
  await using handle = await open(path);
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(headBytes));
  const bytes = buffer.subarray(0, bytesRead);
  const byteOrderMark = findByteOrderMark(bytes);
  const lines = bytes.toString('utf8').split('\n');
  return {
    shebang: readShebang(lines[0] as string),
    isBinary: byteOrderMark === undefined && bytes.subarray(0, binaryBytes).includes(0),
    byteOrderMark,
    lineEnds: readLineEnds(lines),
  };
}

function findByteOrderMark(bytes: Buffer): ProgramHead['byteOrderMark'] {
  const start = bytes.toString('latin1', 0, 3);
  if (start === '\u00ef\u00bb\u00bf') return 'UTF-8';
  return /^(?:\u00ff\u00fe|\u00fe\u00ff)/.test(start) ? 'UTF-16' : undefined;
}

/** To the kernel a carriage return is a character like any other. */
function readShebang(line: string): Shebang | undefined {
  const [, interpreter, argument] = /^#![ \t]*([^ \t]+)[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
  return interpreter === undefined ? undefined : { interpreter, argument: argument || undefined };
}

function readLineEnds(lines: readonly string[]): ProgramHead['lineEnds'] {
  const ends = lines.filter((line, index) => line !== '' && index < lines.length - 1);
  const windowsEnds = ends.filter((line) => line.endsWith('\r')).length;
  if (windowsEnds === 0) return 'unix';
  return windowsEnds > ends.length / 2 ? 'windows' : 'mixed';
}

const shells = ['sh', 'bash', 'dash', 'ash', 'ksh', 'mksh', 'zsh'];

/** True when a shell runs the script: the one that it names, or bash when it names nothing. */
export function isShellScript({ shebang, isBinary }: ProgramHead): boolean {
  if (shebang === undefined) return !isBinary;
  return shells.includes(basename(nameCommand(shebang)));
}

/** What runs a script in the end: `env` starts another command, and with -S takes words and flags apart. */
export function nameCommand({ interpreter, argument = '' }: Shebang): string {
  if (basename(interpreter) !== 'env') return interpreter;
  const isSplit = argument.startsWith('-');
  const words = isSplit ? argument.replace(/^-(?:-split-string=|\w*S)/, '').split(/\s+/) : [argument];
  return words.find((word) => !/^$|^-|=/.test(word)) ?? interpreter;
}

/** What to do about line ends with which a script does not run. */
export function adviseOnLineEnds(path: string): string {
  return `convert it with sed -i 's/\\r$//' ${path}, and keep it so with "*.sh text eol=lf" in .gitattributes`;
}
