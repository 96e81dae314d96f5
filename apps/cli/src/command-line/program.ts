/** The command line of `optml`: its commands, their options, and their help. */

import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import packageJson from '../../package.json' with { type: 'json' };
import { CliError } from '../errors.ts';
import type { Context } from '../process/context.ts';
import { requestNames } from '../requests/describe-request.ts';
import { silence } from '../terminal/write-to.ts';
import { addModel } from './model-commands.ts';
import { addCheck, addConfig, addDev, addInit } from './project-commands.ts';
import { addImages, addPublish } from './publish-commands.ts';
import {
  commonOptions,
  exitCodeHelp,
  instanceTypeOption,
  parsePort,
  plainHttpOption,
  repeatable,
  verboseOption,
} from './shared-options.ts';
import { addCompletion, addDoctor, addExplain } from './support-commands.ts';

const schemaFormats = [
  'all',
  'json-schema',
  'metric-definitions',
  'parameter-ranges',
  'training-specification',
  'training-job',
] as const;

const commandHelp = `
COMMAND is a container's entry point without its argument. Without it, the project of the current folder (the nearest
package.json, with src/train.ts, src/predictor.ts or both) is bundled into .optml and started.`;

/**
 * Creates the parser, whose actions run the commands. It never exits: it throws CommanderError for
 * its own errors, for help and for the version, and passes on what a command throws.
 *
 * `command` is what stood after `--`.
 */
export function createProgram(context: Context, command: readonly string[] | undefined) {
  const program = new Command('optml')
    .description('Trains, serves, builds and publishes SageMaker containers written in TypeScript.')
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: () => {},
    })
    .addHelpText(
      'after',
      `
--version --json prints every version, for the report of a bug.
${exitCodeHelp}`,
    );
  if (command !== undefined) program.hook('preAction', (_, action) => assertCommand(action.name(), command));
  addInit(program, context);
  addTrain(program, context, command);
  addServe(program, context, command);
  addDev(program, context);
  addInvoke(program, context);
  addCheck(program, context);
  addSchema(program, context);
  addBuild(program, context);
  addPublish(program, context);
  addConfig(program, context);
  addImages(program, context);
  addModel(program, context);
  addDoctor(program, context);
  addExplain(program, context);
  addCompletion(program, context);
  for (const command of listLeaves(program)) for (const option of commonOptions()) command.addOption(option);
  program.hook('preAction', (_, action) => {
    if (action.opts().quiet === true) silence(context.stderr);
  });
  return program;
}

function listLeaves(command: CommandUnknownOpts): readonly CommandUnknownOpts[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(listLeaves);
}

function assertCommand(name: string, command: readonly string[]): void {
  if (command.length === 0)
    throw new CliError('USAGE', 'nothing follows "--": give the command, or leave it out');
  if (name !== 'train' && name !== 'serve')
    throw new CliError('USAGE', `optml ${name} runs no command: leave out "-- ${command.join(' ')}"`);
}

function addTrain(program: Command, context: Context, command: readonly string[] | undefined): void {
  program
    .command('train')
    .summary('run a training job on this machine')
    .description(
      'Prepares a folder as SageMaker prepares /opt/ml, runs the container\'s "train" on it, and prints the model\'s folder and the last value of each metric.',
    )
    .usage('[options] [-- COMMAND...]')
    .option('--root <dir>', 'the folder in place of /opt/ml; default: .optml/ml of the project')
    .addOption(repeatable('--input <channel=path>', 'copy a file or folder into a channel'))
    .addOption(repeatable('--hyperparameter <name=value>', 'set a hyperparameter'))
    .option('--resume', 'keep the checkpoints of the previous job, so that this one can continue from them')
    .addHelpText(
      'after',
      `${commandHelp}
Each job starts from what the command says: config files and channels that optml wrote for an earlier one are
replaced, and what that one left (model, output, checkpoints) is moved to earlier/ in the root. Config files and
channels that optml did not write are never replaced.
The container's log goes to stderr. A signal is passed on as SIGTERM, with SIGKILL after 120 s or a second signal.

Examples:
  $ optml train --input training=data/train --input validation=data/validation.csv --hyperparameter max_depth=3
  $ optml train --input training=data/train --hyperparameter epochs=20 --resume
  $ optml train --root job --json -- node dist/main.js
  $ optml train --input training=data -- python3 entrypoint.py
${exitCodeHelp}`,
    )
    .action(async (options) => {
      const { train } = await import('../commands/train.ts');
      await train(options, command, context);
    });
}

function addServe(program: Command, context: Context, command: readonly string[] | undefined): void {
  program
    .command('serve')
    .summary('serve the trained model on this machine')
    .description(
      'Runs the container\'s "serve" on a trained model, prints its address once /ping answers 200, and stays until a signal.',
    )
    .usage('[options] [-- COMMAND...]')
    .option('--root <dir>', 'the folder in place of /opt/ml; default: .optml/ml of the project')
    .option('--port <n>', 'the port to listen on; 0 for a free one', parsePort, 8080)
    .option('--multi-model', 'serve what POST /models loads, as a multi-model endpoint does')
    .addHelpText(
      'after',
      `${commandHelp}
The container's log goes to stderr. A signal is passed on as SIGTERM, with SIGKILL after 30 s or a second signal.
The printed address is a page to try the model in a browser; OPTML_PLAYGROUND=false turns it off.

Examples:
  $ optml serve
  $ optml serve --root job --port 0 -- node dist/main.js
${exitCodeHelp}`,
    )
    .action(async (options) => {
      const { serve } = await import('../commands/serve.ts');
      await serve(options, command, context);
    });
}

function addInvoke(program: Command, context: Context): void {
  program
    .command('invoke')
    .summary('send one request to a served model')
    .description('Sends data to /invocations and prints the answer as the server gave it.')
    .option(
      '--url <url>',
      'the server; /invocations is added to an address without a path',
      'http://127.0.0.1:8080',
    )
    .option('--content-type <type>', 'the media type of the data (see below)')
    .option('--accept <type>', 'the media type wanted for the answer')
    .option('--data <text>', 'send this text')
    .option('--file <path>', 'send this file, or stdin for -; without --data and --file, stdin is sent')
    .addHelpText(
      'after',
      `
Without --content-type: .csv is text/csv, .json application/json, .jsonl and .jsonlines
application/jsonlines; any other data is application/json when it begins with [ or {,
application/octet-stream when it is not UTF-8 text, and text/csv otherwise.

Examples:
  $ optml invoke --data 5.1,3.5,1.4,0.2
  $ optml invoke --data '{"instances": [[5.1, 3.5, 1.4, 0.2]]}' --accept text/csv
  $ optml invoke --file rows.csv --url http://127.0.0.1:9000
  $ head -n 5 rows.jsonl | optml invoke --content-type application/jsonlines
${exitCodeHelp}`,
    )
    .action(async (options) => {
      const { invoke } = await import('../commands/invoke.ts');
      await invoke(options, context);
    });
}

function addSchema(program: Command, context: Context): void {
  program
    .command('schema')
    .summary('describe a training definition as JSON')
    .description(
      'Prints the training definition as JSON for other tools: the JSON Schema of its hyperparameters, and the parts of requests to the SageMaker API.',
    )
    .option('--module <file>', 'a module that exports a definition (see below)')
    .addOption(new Option('--format <name>', 'what to print').choices(schemaFormats).default('all' as const))
    .addOption(
      new Option('--request <name>', 'print a whole request instead (see below)').choices(requestNames),
    )
    .option('--name <name>', 'of the job, model, configuration and endpoint of a request')
    .option('--image <uri>', 'the image of a request, as optml publish prints it')
    .option('--role <arn>', 'the execution role of a request')
    .option('--s3 <uri>', 'where channels are, each by its name, and where jobs write (output)')
    .addOption(instanceTypeOption('where a request lets it run'))
    .option('--serverless', 'CreateEndpointConfig for serverless inference')
    .option('--output-of <command>', 'print the JSON Schema of what this command prints with --json')
    .addHelpText(
      'after',
      `
Without --module, the project of the current folder is bundled, and its src/train.ts described.
The module is imported by optml itself: its top level runs in this process, with your rights; "run" does not.

Formats:
  all                     an object of all that follow
  json-schema             of the hyperparameters, typed; draft 2020-12
  metric-definitions      MetricDefinitions, of CreateTrainingJob
  parameter-ranges        ParameterRanges, of CreateHyperParameterTuningJob
  training-specification  TrainingSpecification, of CreateAlgorithm
  training-job            a request to CreateTrainingJob; what it cannot know stands in <angle brackets>

Requests, for "aws sagemaker ... --cli-input-json":
  ${requestNames.join(', ')}

Examples:
  $ optml schema --module dist/train.js --format json-schema
  $ optml schema --format training-job > job.json
  $ optml schema --output-of publish
  $ optml schema --output-of "images lint"
  $ optml schema --request CreateEndpointConfig --name iris-1 --serverless > config.json
${exitCodeHelp}`,
    )
    .action(async (options) => {
      const { schema } = await import('../commands/schema.ts');
      await schema(options, context);
    });
}

function addBuild(program: Command, context: Context): void {
  program
    .command('build')
    .summary("build the project's container image, without Docker")
    .description(
      'Bundles the project of the current folder, puts the bundle on top of a base image, and writes the image to a folder or a file. The same files give the same digest.',
    )
    .option(
      '--base <ref>',
      'the base image (see below); default: the one that is configured, or node:24-slim',
    )
    .option('--platform <platform>', 'linux/amd64 (default), or linux/arm64 for Graviton')
    .option(
      '--output <place>',
      'oci:DIR for an OCI layout, docker:FILE for "docker load"',
      'oci:.optml/image',
    )
    .option('--tag <tag>', 'the tag of the image there', 'latest')
    .addOption(
      repeatable('--label <name=value>', 'set a label, for example org.opencontainers.image.revision=abc'),
    )
    .option('--sbom <file>', 'list what the image holds in this file, as CycloneDX JSON')
    .addOption(plainHttpOption())
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
REF is one of:
  registry/name:tag   an image in a registry, as Docker names it; logins are those of AWS for Amazon ECR, and else
                      those of ~/.docker/config.json and its credential helpers
  oci:DIR[:NAME]      an OCI layout
  docker:FILE[:NAME]  a file of "docker save"
  scratch             nothing but the Node that this project has (npm's "node" package), and the libraries it needs

Examples:
  $ optml build
  $ optml build --base docker:base.tar --output docker:image.tar --tag 1.0 && docker load -i image.tar
  $ optml build --base scratch --platform linux/arm64 --json
${exitCodeHelp}`,
    )
    .action(async (options) => {
      const { build } = await import('../commands/build.ts');
      await build(options, context);
    });
}
