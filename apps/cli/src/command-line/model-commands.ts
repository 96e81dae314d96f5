/** The definitions of the commands about model archives. */

import type { Command } from '@commander-js/extra-typings';
import type { Context } from '../process/context.ts';
import { exitCodeHelp } from './shared-options.ts';

/** Adds `optml model`. */
export function addModel(program: Command, context: Context): void {
  const model = program.command('model').description('Packs and inspects model archives (model.tar.gz).');
  addPack(model, context);
  addInspect(model, context);
}

function addPack(model: Command, context: Context): void {
  model
    .command('pack')
    .summary('make the model.tar.gz that SageMaker takes')
    .description(
      'Packs the inside of a folder, and prints the path of the archive. The same files give the same bytes. What macOS and Windows leave beside files (._*, .DS_Store) is left out; a link that leads out of the folder is refused.',
    )
    .argument('[dir]', 'the folder of the model; default: .optml/ml/model, which optml train writes')
    .option('--output <file>', 'where to write it', 'model.tar.gz')
    .addHelpText(
      'after',
      `
Examples:
  $ optml model pack
  $ optml model pack export --output export.tar.gz
  $ aws s3 cp "$(optml model pack)" s3://my-bucket/model.tar.gz
${exitCodeHelp}`,
    )
    .action(async (folder, options) => {
      const { modelPack } = await import('../commands/model-pack.ts');
      await modelPack(folder, options, context);
    });
}

function addInspect(model: Command, context: Context): void {
  model
    .command('inspect')
    .summary('find what is wrong with a model.tar.gz')
    .description(
      'Reads an archive without unpacking it, and prints what is in it, what is wrong, and how to fix it. Errors end with exit code 1.',
    )
    .argument('<file>', 'the archive')
    .addHelpText('after', exitCodeHelp)
    .action(async (file, options) => {
      const { modelInspect } = await import('../commands/model-inspect.ts');
      await modelInspect(file, options, context);
    });
}
