/** Finds the command that stands for the container: the one that was typed, or the project's own. */

import { access } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { CliError } from './errors.ts';
import { findDeclaration } from './find-declaration.ts';
import type { Command } from './subprocess.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Resolves the command of a container's entry point, without its argument (`train` or `serve`).
 * A command that was typed runs in the current folder; else the `optml.command` of the nearest
 * package.json that has one, from the current folder upwards and then from the CLI's own file
 * upwards, runs in that package's folder. A first element `node` is the Node that runs `optml`.
 *
 * @throws CliError `COMMAND_MISSING`, `PROJECT_INVALID`, or `COMMAND_NOT_STARTED` when the file that
 * `node` is to run is not there.
 */
export async function resolveProjectCommand(
  typed: readonly string[] | undefined,
  surroundings: Pick<Surroundings, 'workingDirectory' | 'programFile' | 'nodeFile'>,
): Promise<Command> {
  const { words, workingDirectory } =
    typed === undefined
      ? await findDeclaredCommand(surroundings)
      : { words: typed, workingDirectory: surroundings.workingDirectory };
  const [file, ...rest] = words as [string, ...string[]];
  if (file !== 'node') return { file, arguments: rest, workingDirectory };
  await assertBuilt(rest[0], workingDirectory);
  return { file: surroundings.nodeFile, arguments: rest, workingDirectory };
}

interface DeclaredCommand {
  readonly words: readonly string[];
  readonly workingDirectory: string;
}

async function findDeclaredCommand(
  surroundings: Pick<Surroundings, 'workingDirectory' | 'programFile'>,
): Promise<DeclaredCommand> {
  const found = await findDeclaration('command', readWords, surroundings);
  if (found !== undefined) return { words: found.value, workingDirectory: found.folder };
  throw new CliError(
    'COMMAND_MISSING',
    `no command for the container: no package.json at or above ${surroundings.workingDirectory} has "optml": {"command": [...]}; add it, or give the command after -- as in: optml train -- node dist/main.js`,
  );
}

function readWords(command: unknown, file: string): readonly string[] {
  if (Array.isArray(command) && command.length > 0 && command.every((word) => typeof word === 'string')) {
    return command;
  }
  throw new CliError(
    'PROJECT_INVALID',
    `${file}: optml.command is ${JSON.stringify(command)}: expected a list of strings such as ["node", "dist/main.js"]`,
  );
}

/** Node's own answer to a missing file is a stack; the commonest reason is a project that was not built. */
async function assertBuilt(script: string | undefined, workingDirectory: string): Promise<void> {
  // Without an extension, Node looks for the file under several names.
  if (script === undefined || script.startsWith('-') || extname(script) === '') return;
  const file = resolve(workingDirectory, script);
  try {
    await access(file);
  } catch (cause) {
    throw new CliError(
      'COMMAND_NOT_STARTED',
      `cannot start "node ${script}": ${file} does not exist; build the project first (pnpm build), or give another command after --`,
      { cause },
    );
  }
}
