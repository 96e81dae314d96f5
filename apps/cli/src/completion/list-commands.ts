/** What the commands are and take, from the parser itself, for shells to complete. */

import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** One command, or the program. */
export interface CompletedCommand {
  /** The words that lead to it, as `optml images lint`. */
  readonly path: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** Names of the commands below it. */
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  /** Values of its first argument, where it takes one of a few. */
  readonly choices: readonly string[];
}

/** One option. */
interface CompletedOption {
  /** As `--tag`. */
  readonly flag: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** Its values, where it takes one of a few. */
  readonly choices: readonly string[];
}

/** Lists the program and every command below it. */
export function listCommands(program: CommandUnknownOpts): readonly CompletedCommand[] {
  const visit = (command: CommandUnknownOpts, path: string): readonly CompletedCommand[] => [
    {
      path,
      summary: summarise(command),
      options: command.createHelp().visibleOptions(command).map(describeOption),
      commands: command.commands.map((inner) => ({ name: inner.name(), summary: summarise(inner) })),
      choices: command.registeredArguments[0]?.argChoices ?? [],
    },
    ...command.commands.flatMap((inner) => visit(inner, `${path} ${inner.name()}`)),
  ];
  return visit(program, program.name());
}

function summarise(command: CommandUnknownOpts): string {
  return command.summary() || command.description();
}

function describeOption(
  option: ReturnType<ReturnType<CommandUnknownOpts['createHelp']>['visibleOptions']>[number],
): CompletedOption {
  return {
    flag: option.long ?? option.short ?? '',
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}
