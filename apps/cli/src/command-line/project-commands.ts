/** The definitions of the commands that make, check and watch a project. */

import type { Command } from '@commander-js/extra-typings';
import type { Context } from '../process/context.ts';
import { templates } from '../templates.ts';
import { exitCodeHelp, parsePort, plainHttpOption, repeatable, verboseOption } from './shared-options.ts';

/** Adds `optml init`. */
export function addInit(program: Command, context: Context): void {
  const names = Object.entries(templates).map(([name, text]) => `  ${name.padEnd(10)}${text}`);
  program
    .command('init')
    .summary('make a new project')
    .description('Writes a whole, small project into a new or empty folder, and prints the next commands.')
    .argument('[dir]', 'the folder; default: the current one')
    .option('--template <name>', 'which one (see below); default: tree, or what you answer in a terminal')
    .addHelpText(
      'after',
      `
Templates:
${names.join('\n')}

Examples:
  $ optml init my-model
  $ optml init my-model --template onnx
${exitCodeHelp}`,
    )
    .action(async (folder, options) => {
      const { init } = await import('../commands/init.ts');
      await init(folder, options, context);
    });
}

/** Adds `optml dev`. */
export function addDev(program: Command, context: Context): void {
  program
    .command('dev')
    .summary('serve, and reload whenever a file is saved')
    .description(
      'Serves the project of the current folder with its playground, prints the address and a request to try, and starts a new server whenever a file is saved. No request is lost meanwhile.',
    )
    .option('--root <dir>', 'the folder in place of /opt/ml; default: .optml/ml of the project')
    .option('--port <n>', 'the port to listen on; 0 for a free one', parsePort, 8080)
    .addHelpText(
      'after',
      `
The new server takes over once it is ready, and the old one ends once it has answered what it was asked. What cannot be
bundled or loaded is reported, and the old server goes on. A new model is served, too: train it in another terminal.

Examples:
  $ optml dev
  $ optml dev --port 0
${exitCodeHelp}`,
    )
    .action(async (options) => {
      const { dev } = await import('../commands/dev.ts');
      await dev(options, context);
    });
}

/** Adds `optml check`. */
export function addCheck(program: Command, context: Context): void {
  program
    .command('check')
    .summary('check the types, the definitions and the image')
    .description(
      "Checks the types by the project's own TypeScript, bundles the project, loads and describes its definitions, and lints the image that would be built.",
    )
    .option('--base <ref>', 'the base of the image, as for optml build')
    .option('--platform <platform>', 'linux/amd64 (default), or linux/arm64 for Graviton')
    .option('--no-lint', 'leave out the image, which needs its base')
    .addOption(plainHttpOption())
    .addOption(verboseOption())
    .addHelpText('after', exitCodeHelp)
    .action(async (options) => {
      const { check } = await import('../commands/check.ts');
      await check(options, context);
    });
}

/** Adds `optml config`. */
export function addConfig(program: Command, context: Context): void {
  program
    .command('config')
    .summary('print what is configured, and where')
    .description(
      'Prints each value of the configuration with its origin: a flag, a variable, optml.config.ts or "optml" in package.json, or a default, in this order.',
    )
    .option('--base <ref>', 'as for optml build')
    .option('--platform <platform>', 'as for optml build')
    .option('--repository <name>', 'as for optml publish')
    .addOption(repeatable('--region <region>', 'as for optml publish'))
    .addOption(repeatable('--account <id>', 'as for optml publish'))
    .addOption(repeatable('--tag <tag>', 'as for optml publish'))
    .addHelpText('after', exitCodeHelp)
    .action(async (options) => {
      const { config } = await import('../commands/config.ts');
      await config(options, context);
    });
}
