/** Says how a program is started: by its suffix, without a shell. */

import { constants } from 'node:fs';
import { access, chmod } from 'node:fs/promises';
import { extname } from 'node:path';
import process from 'node:process';
import type { ProcessCommand } from '../supervision/supervise-process.ts';

/** Which interpreter a suffix stands for; any other file must be executable itself. */
const kinds: Readonly<Record<string, ProgramKind>> = {
  '.js': 'node',
  '.mjs': 'node',
  '.cjs': 'node',
  '.ts': 'node',
  '.mts': 'node',
  '.cts': 'node',
  '.py': 'python',
  '.sh': 'shell',
};

export type ProgramKind = 'node' | 'python' | 'shell' | 'executable';

export function identifyProgram(program: string): ProgramKind {
  return kinds[extname(program).toLowerCase()] ?? 'executable';
}

export interface ProgramCommandOptions {
  readonly program: string;
  readonly sourceDirectory: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Arguments of Node in front of a JavaScript program. */
  readonly nodeArguments: readonly string[];
}

/** Creates the command; it runs in the source folder, as with the Python toolkit. */
export async function createProgramCommand(options: ProgramCommandOptions): Promise<ProcessCommand> {
  const { program, sourceDirectory, argv, environment, nodeArguments } = options;
  const rest = { workingDirectory: sourceDirectory, environment };
  switch (identifyProgram(program)) {
    case 'node':
      return {
        file: process.execPath,
        arguments: [...nodeArguments, program, ...argv],
        hasChannel: true,
        ...rest,
      };
    case 'python':
      return { file: 'python3', arguments: [program, ...argv], hasChannel: false, ...rest };
    case 'shell':
      return {
        file: (await isExecutable('/bin/bash')) ? '/bin/bash' : '/bin/sh',
        arguments: [program, ...argv],
        hasChannel: false,
        ...rest,
      };
    case 'executable':
      // Archives made on other systems lose the mode; the Python toolkit sets it too.
      if (!(await isExecutable(program))) await chmod(program, 0o755).catch(() => {});
      return { file: program, arguments: [...argv], hasChannel: false, ...rest };
  }
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
