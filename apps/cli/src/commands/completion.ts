/** `optml completion`: the script that makes a shell complete commands, options and their values. */

import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { listCommands } from '../completion/list-commands.ts';
import { completions, type Shell } from '../completion/write-completion.ts';
import type { Context } from '../process/context.ts';
import { writeResult, writeTo } from '../terminal/write-to.ts';

/** Prints the script for `shell`, made from the commands of `program`. */
export async function completion(
  shell: Shell,
  { json, program }: { readonly json?: true; readonly program: CommandUnknownOpts },
  { stdout }: Context,
): Promise<void> {
  const script = completions[shell](listCommands(program));
  if (json === true) await writeResult(stdout, { shell, script });
  else await writeTo(stdout, script);
}
