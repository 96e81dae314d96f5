/** The definitions of `optml publish` and `optml images`. */

import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { LintFeature } from '@optml/ecr/lint';
import type { Context } from '../process/context.ts';
import {
  exitCodeHelp,
  instanceTypeOption,
  plainHttpOption,
  repeatable,
  verboseOption,
} from './shared-options.ts';

const placeHelp = `
PLACE is one of:
  oci:DIR[:NAME]      an OCI layout, as optml build writes it
  docker:FILE[:NAME]  a file of "docker save"
  daemon:NAME         an image of the container engine at /var/run/docker.sock, or DOCKER_HOST=unix://...
  registry/name:tag   an image in a registry; logins are those of AWS for Amazon ECR, and else those of
                      ~/.docker/config.json and its credential helpers
Without it, the project's image is built, as optml build does.`;

/** Adds `optml publish`. */
export function addPublish(program: Command, context: Context): void {
  program
    .command('publish')
    .summary('publish an image to Amazon ECR')
    .description(
      'Builds or takes an image, lints it, and publishes it to one or several repositories under one digest, in the form that SageMaker takes (Docker v2 schema 2). Prints the references by digest.',
    )
    .option('--image <place>', 'the image (see below); default: build it')
    .option('--base <ref>', 'the base of an image that is built, as for optml build')
    .option('--platform <platform>', 'linux/amd64 (default), or linux/arm64 for Graviton')
    .option('--repository <name>', 'created when it does not exist; default: the name of the project')
    .addOption(repeatable('--tag <tag>', 'a tag; default: latest'))
    .addOption(repeatable('--region <region>', 'a region; default: AWS_REGION, or that of the profile'))
    .addOption(repeatable('--account <id>', 'the account of the registry; default: your own'))
    .option('--immutable', 'let no tag of the repository be moved')
    .addOption(repeatable('--mutable-tag <pattern>', 'tags that may be moved anyway, such as "dev-*"'))
    .option('--kms-key <key>', 'encrypt a new repository with this key')
    .option('--lifecycle-policy <file>', "the repository's lifecycle policy, as JSON")
    .option('--repository-policy <file>', "statements to merge by Sid into the repository's policy, as JSON")
    .addOption(repeatable('--resource-tag <key=value>', 'a tag of the repository itself'))
    .addOption(scanOption())
    .addOption(transportOption())
    .addOption(instanceTypeOption('lint for this instance type'))
    .option('--serverless', 'lint for serverless inference')
    .addOption(featureOption())
    .option('--no-lint', 'publish what lint finds wrong')
    .addOption(allowUnreadOption())
    .addOption(plainHttpOption())
    .addOption(verboseOption())
    .option(
      '--dry-run',
      'change nothing: print layers, files, bytes, calls, and the IAM policy that it takes',
    )
    .addHelpText(
      'after',
      `${placeHelp}
Credentials are those of every AWS tool: the environment, the profile, SSO, the role of the machine.

Examples:
  $ optml publish --repository iris --tag 1.0 --tag latest
  $ optml publish --image daemon:iris:latest --repository iris --region us-east-1 --region eu-central-1
  $ optml publish --repository iris --dry-run
  $ optml publish --repository iris --tag 1.0 --immutable --mutable-tag latest --scan HIGH --json
${exitCodeHelp}`,
    )
    .action(async (options) => {
      const { publish } = await import('../commands/publish.ts');
      await publish(options, context);
    });
}

/** Adds `optml images`. */
export function addImages(program: Command, context: Context): void {
  const images = program
    .command('images')
    .description('Repairs images in Amazon ECR, and lints images anywhere.');
  addRepair(images, context);
  addLint(images, context);
}

function addRepair(images: Command, context: Context): void {
  images
    .command('repair')
    .summary('make an OCI image or an index in ECR one that SageMaker takes')
    .description(
      'Puts a Docker v2 schema 2 manifest in place of an OCI manifest or an index, with one PutImage and no layer bytes. An image that is right already is left alone.',
    )
    .requiredOption('--repository <name>', 'the repository')
    .option('--tag <tag>', 'the tag of the image', 'latest')
    .option('--new-tag <tag>', 'leave the tag, and give the repaired image this one')
    .option('--region <region>', 'default: AWS_REGION, or that of the profile')
    .option('--account <id>', 'the account of the registry; default: your own')
    .option('--platform <platform>', 'which image of an index', 'linux/amd64')
    .option('--dry-run', 'change nothing, and print what the tag would name')
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
CreateModel says "Unsupported manifest media type" for images that docker buildx pushed with its defaults.

Examples:
  $ optml images repair --repository iris --tag 1.0
  $ optml images repair --repository iris --tag 1.0 --new-tag 1.0-sagemaker
${exitCodeHelp}`,
    )
    .action(async (options) => {
      const { imagesRepair } = await import('../commands/images-repair.ts');
      await imagesRepair(options, context);
    });
}

function addLint(images: Command, context: Context): void {
  images
    .command('lint')
    .summary('find what SageMaker would refuse')
    .description(
      'Reads an image and its files, and prints what is wrong, why, and how to fix it. Errors end with exit code 1.',
    )
    .option('--image <place>', 'the image (see below); default: build it')
    .option('--base <ref>', 'the base of an image that is built, as for optml build')
    .option('--platform <platform>', 'which image of an index, or what to build; default linux/amd64')
    .addOption(instanceTypeOption('where it will run'))
    .option('--serverless', 'it will run on serverless inference')
    .addOption(featureOption())
    .option(
      '--reference <uri>',
      'as CreateModel will be given it; default: the image, where it is in a registry',
    )
    .addOption(allowUnreadOption())
    .addOption(plainHttpOption())
    .addOption(verboseOption())
    .option('--region <region>', 'the region of the model')
    .addHelpText(
      'after',
      `${placeHelp}

Examples:
  $ optml images lint --image docker:image.tar --instance-type ml.c7g.large
  $ optml images lint --feature multi-model --json
${exitCodeHelp}`,
    )
    .action(async (options) => {
      const { imagesLint } = await import('../commands/images-lint.ts');
      await imagesLint(options, context);
    });
}

function allowUnreadOption() {
  return new Option(
    '--allow-unread',
    'only warn of layers that cannot be read, and fetch none for lint alone',
  );
}

const features = [
  'multi-model',
  'bind-to-port',
  'bidirectional-streaming',
] as const satisfies readonly LintFeature[];

function featureOption() {
  const collect = (value: string, previous: readonly LintFeature[]): readonly LintFeature[] => {
    const feature = features.find((known) => known === value);
    if (feature === undefined) throw new InvalidArgumentError(`Give one of ${features.join(', ')}.`);
    return [...previous, feature];
  };
  return new Option('--feature <name>', `what the container can do: ${features.join(', ')} (repeatable)`)
    .argParser(collect)
    .default([] as readonly LintFeature[], 'none');
}

function scanOption() {
  const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL'] as const;
  return new Option(
    '--scan <severity>',
    'wait for the scan, and fail for a finding that is as bad or worse',
  ).choices(severities);
}

function transportOption() {
  const transports = ['auto', 'registry', 'ecr-api'] as const;
  return new Option(
    '--transport <name>',
    'how layers are sent: by the registry, by the API of ECR (which needs no access to *.dkr.ecr.*), or by what works',
  )
    .choices(transports)
    .default('auto' as const);
}
