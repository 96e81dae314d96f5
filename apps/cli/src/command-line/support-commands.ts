/** The definitions of the commands that help where something goes wrong. */

import { Argument, type Command } from '@commander-js/extra-typings';
import type { Context } from '../process/context.ts';
import { exitCodeHelp } from './shared-options.ts';

/** Adds `optml doctor`. */
export function addDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .summary('find what is wrong with this machine, the project or the access to AWS')
    .description(
      'Checks Node, platform, engine, disk, proxy, package manager, native modules, region, network, clock, credentials, repository and the right to push. Each line that is not ok says what to do. Without a network it says so and goes on.',
    )
    .option('--region <region>', 'default: AWS_REGION, or that of the profile')
    .option('--repository <name>', 'default: that of the project')
    .option('--no-aws', 'leave AWS out')
    .addHelpText(
      'after',
      `
Nothing is changed: the right to push is tried by beginning an upload that is never ended.

Examples:
  $ optml doctor
  $ optml doctor --repository iris --region eu-west-1 --json
${exitCodeHelp}`,
    )
    .action(async (options) => {
      const { doctor } = await import('../commands/doctor.ts');
      await doctor(options, context);
    });
}

/** Adds `optml explain`. */
export function addExplain(program: Command, context: Context): void {
  program
    .command('explain')
    .summary('say what an error means, and what to do')
    .description(
      'Explains a code of optml, or the text of an error of SageMaker, Amazon ECR, IAM, Docker or a container. A text that is not known is reported as not known: nothing is guessed.',
    )
    .argument('[text...]', 'the code or the text; default: what stands on stdin')
    .addHelpText(
      'after',
      `
Examples:
  $ optml explain TAG_IMMUTABLE
  $ optml explain "The primary container for production variant AllTraffic did not pass the ping health check."
  $ docker push ... 2>&1 | optml explain
${exitCodeHelp}`,
    )
    .action(async (text, options) => {
      const { explain } = await import('../commands/explain.ts');
      await explain(text, options, context);
    });
}

/** Adds `optml completion`, which knows the commands that were added before it and after it. */
export function addCompletion(program: Command, context: Context): void {
  program
    .command('completion')
    .summary('print the completions of a shell')
    .description(
      'Prints a script that makes a shell complete the commands of optml, their options and values.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish'] as const))
    .addHelpText(
      'after',
      `
Examples:
  $ optml completion bash > ~/.local/share/bash-completion/completions/optml
  $ optml completion zsh > "\${fpath[1]}/_optml"
  $ optml completion fish > ~/.config/fish/completions/optml.fish
${exitCodeHelp}`,
    )
    .action(async (shell, options) => {
      const { completion } = await import('../commands/completion.ts');
      await completion(shell, { ...options, program }, context);
    });
}
