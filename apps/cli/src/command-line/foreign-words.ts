/** What the commands and options of docker, cog, wrangler, curl and the AWS CLI are called here. */

import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { quoteWord } from '../terminal/quote-word.ts';

interface ForeignOption {
  /** With a space on both sides of each. */
  readonly words: string;
  /** An option that a command must have for the hint to be right. */
  readonly beside: string;
  readonly hint: (value: string) => string;
}

const lastOf = (name: string) => name.split(':').at(-1) ?? '';

/** The first match wins. */
const foreignOptions: readonly ForeignOption[] = [
  { words: ' --port -p ', beside: '--url', hint: (value) => `--url http://localhost:${lastOf(value)}` },
  { words: ' --publish -p ', beside: '--port', hint: (value) => `--port ${value.split(':')[0]}` },
  { words: ' --host --hostname --address ', beside: '--url', hint: (value) => `--url http://${value}:8080` },
  {
    words: ' --host --hostname --address --ip ',
    beside: '--port',
    hint: () => '--port alone: the address cannot be chosen',
  },
  { words: ' --watch --reload ', beside: '--port', hint: () => '"optml dev", which reloads' },
  {
    words: ' --model --model-dir --volume -v --mount ',
    beside: '--root',
    hint: () => '--root DIR, which holds model/',
  },
  { words: ' --env -e --var ', beside: '--root', hint: (value) => `a variable in front: ${value} optml ...` },
  {
    words: ' --data --dataset --train --channel ',
    beside: '--input',
    hint: (value) => `--input training=${value}`,
  },
  {
    words: ' --hp --hyperparameters --param --parameter -p ',
    beside: '--hyperparameter',
    hint: (value) => `--hyperparameter ${value}`,
  },
  { words: ' -t --name ', beside: '--tag', hint: (value) => `--tag ${lastOf(value)}` },
  { words: ' -o --out --dest --outdir ', beside: '--output', hint: (value) => `--output oci:${value}` },
  { words: ' --push ', beside: '--output', hint: () => '"optml publish"' },
  { words: ' --arch --architecture ', beside: '--platform', hint: (value) => `--platform linux/${value}` },
  { words: ' --from --image --base-image ', beside: '--base', hint: (value) => `--base ${value}` },
  {
    words: ' -f --dockerfile --build-arg --target --no-cache --context ',
    beside: '--base',
    hint: () => 'image in optml.config.ts: no Dockerfile is read',
  },
  {
    words: ' --repo --repository-name --ecr ',
    beside: '--repository',
    hint: (value) => `--repository ${value}`,
  },
  {
    words: ' --profile ',
    beside: '--region',
    hint: (value) => `a variable in front: AWS_PROFILE=${value} optml ...`,
  },
  {
    words: ' --endpoint-url ',
    beside: '--region',
    hint: (value) => `a variable in front: AWS_ENDPOINT_URL_ECR=${value} optml ...`,
  },
  {
    words: ' -d -i --input --body --payload --data-raw --data-binary ',
    beside: '--data',
    hint: (value) => (value.startsWith('@') ? `--file ${value.slice(1)}` : `--data ${quoteWord(value)}`),
  },
  { words: ' -f --input-file ', beside: '--file', hint: (value) => `--file ${value}` },
  { words: ' -H --header ', beside: '--content-type', hint: () => '--content-type TYPE or --accept TYPE' },
];

const foreignCommands: Readonly<Record<string, string>> = {
  create: 'init',
  new: 'init',
  fit: 'train',
  run: 'serve',
  start: 'serve',
  watch: 'dev',
  predict: 'invoke',
  curl: 'invoke',
  test: 'check',
  typecheck: 'check',
  bundle: 'build',
  push: 'publish',
  deploy: 'publish',
  diagnose: 'doctor',
  env: 'config',
  whoami: 'doctor',
};

/** What commander refused, and where it stood. */
interface Refused {
  /** Commander's own. */
  readonly code: string;
  readonly command: CommandUnknownOpts | undefined;
  readonly argv: readonly string[];
}

/** What to write instead of what commander's message `said` refuses, in parentheses behind a space; empty if that is not known. */
export function findHint(said: string, { code, command, argv }: Refused): string {
  const [, kind, word = ''] = /^unknown (option|command) '([^'=]+)/.exec(said) ?? [];
  if (kind === 'command') {
    const name = foreignCommands[word];
    return name === undefined ? '' : ` (use "optml ${name}")`;
  }
  if (command === undefined) return '';
  if (kind === 'option') return hintOption(word, command, argv);
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  if (code === 'commander.missingArgument' && choices.length > 0) return ` (one of ${choices.join(', ')})`;
  const [, extra] = /^too many arguments .*: ([^,]+)\.$/.exec(said) ?? [];
  return extra === undefined ? '' : hintArgument(extra, command);
}

function hintArgument(word: string, { options }: CommandUnknownOpts): string {
  const has = (name: string) => options.some(({ long }) => long === name);
  if (has('--input')) return ` (use --input training=${word})`;
  return has('--file') ? ` (use --file ${word})` : ' (optml works on the project of the current folder)';
}

function hintOption(flag: string, command: CommandUnknownOpts, argv: readonly string[]): string {
  const has = (name: string) => command.options.some(({ long }) => long === name);
  const value = readValue(flag, argv);
  const found = foreignOptions.find(({ words, beside }) => words.includes(` ${flag} `) && has(beside));
  if (found !== undefined) return ` (use ${found.hint(value ?? 'VALUE')})`;
  if (!has('--hyperparameter') || !flag.startsWith('--') || value === undefined) return '';
  return ` (is it a hyperparameter? write --hyperparameter ${flag.slice(2)}=${value})`;
}

function readValue(flag: string, argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const value = argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1);
  return value?.startsWith('-') ? undefined : value;
}
