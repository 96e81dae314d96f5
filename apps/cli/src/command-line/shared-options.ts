/** What the definitions of commands share. */

import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { CliError } from '../errors.ts';

/** Ends the help of every command. */
export const exitCodeHelp = `
Exit codes:
  0  done
  1  the operation failed
  2  the command line or what it names is wrong`;

/** What every command takes. */
export function commonOptions(): readonly Option[] {
  return [
    new Option(
      '--json',
      'print the result, or the error, as one JSON object (optml schema --output-of COMMAND)',
    ),
    new Option('--quiet', 'print errors and results only; the log of a container stays'),
  ];
}

/** Hosts that are reached without TLS: only they get credentials that way. */
export function plainHttpOption() {
  return repeatable('--plain-http <host>', 'a registry that is reached over http, by its host and port');
}

/** What is worth knowing when something goes wrong. */
export function verboseOption() {
  return new Option('--verbose', 'print which proxies are used to reach registries');
}

/** An option that can be given several times, and is the list of its values. */
export function repeatable<const Flags extends string>(flags: Flags, description: string) {
  const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];
  return new Option(flags, `${description} (repeatable)`).argParser(collect).default([], 'none');
}

/** A kind of machine of SageMaker. */
export function instanceTypeOption(description: string) {
  const parse = (value: string): string => {
    if (/^ml(?:\.[a-z0-9-]+){2}$/.test(value)) return value;
    const wanted = 'give an instance type of SageMaker, for example ml.m5.large';
    throw new CliError('USAGE', `--instance-type "${value}" is not valid: ${wanted}`);
  };
  return new Option('--instance-type <type>', `${description}, for example ml.m5.large`).argParser(parse);
}

/** A port, as commander calls for it; 0 lets the system choose. */
export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('Give a whole number from 0 to 65535.');
}
