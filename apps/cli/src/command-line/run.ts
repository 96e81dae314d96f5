/** One run of `optml`: parses, calls the command, prints an error, and says the exit code. */

import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { CommanderError } from 'commander';
import { CliError, exitCodes } from '../errors.ts';
import type { Context } from '../process/context.ts';
import { writeTo } from '../terminal/write-to.ts';
import { findHint } from './foreign-words.ts';
import { createProgram } from './program.ts';

/**
 * Runs `optml` with `argv` (without program and script) and resolves to the exit code. Rejects only
 * for a bug.
 */
export async function run(argv: readonly string[], context: Context): Promise<0 | 1 | 2> {
  const { own, command } = splitAtDashes(argv);
  let program: Program | undefined;
  try {
    if (own.length === 2 && own.includes('--version') && own.includes('--json')) {
      const { version } = await import('../commands/version.ts');
      await version(context);
      return 0;
    }
    program = createProgram(context, command);
    await program.parseAsync(own, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const json = own.includes('--json');
    return report(toCliError(error, program, own), { json, context });
  }
}

/** Only what stands after `--` is the command: `optml train training=data` is a slip, not a program. */
function splitAtDashes(argv: readonly string[]): {
  own: readonly string[];
  command: readonly string[] | undefined;
} {
  const at = argv.indexOf('--');
  return at < 0 ? { own: argv, command: undefined } : { own: argv.slice(0, at), command: argv.slice(at + 1) };
}

type Program = ReturnType<typeof createProgram>;

function toCliError(error: unknown, program: Program | undefined, argv: readonly string[]): CliError {
  if (error instanceof CliError) return error;
  if (!(error instanceof CommanderError)) throw error;
  const said = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  if (error.code === 'commander.help')
    return new CliError('USAGE', 'no command given: see the usage above', { cause: error });
  const hint = findHint(said, { code: error.code, command: findCommand(program, argv), argv });
  // Commander knows only words that are spelt alike.
  const plain = hint === '' ? said : said.replace(/ \(Did you mean .*\)$/, '');
  return new CliError('USAGE', `${plain}${hint}`, { cause: error });
}

/** The command that the first words name. */
function findCommand(program: Program | undefined, argv: readonly string[]): CommandUnknownOpts | undefined {
  let command: CommandUnknownOpts | undefined = program;
  for (const word of argv) {
    const next: CommandUnknownOpts | undefined = command?.commands.find((known) => known.name() === word);
    if (next === undefined) break;
    command = next;
  }
  return command;
}

async function report(
  error: CliError,
  { json, context }: { readonly json: boolean; readonly context: Context },
): Promise<1 | 2> {
  const { code, message, facts } = error;
  if (json) {
    const { findHint: findAdvice } = await import('../explain/read-error-codes.ts');
    const hint = await findAdvice(code);
    await writeTo(
      context.stdout,
      `${JSON.stringify({ ok: false, error: { code, message, hint, ...facts } })}\n`,
    );
  }
  // Also where --quiet was given.
  await writeTo(context.stderr, `optml: ${message}\n`);
  return exitCodes[code];
}
