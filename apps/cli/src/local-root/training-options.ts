/** Reads the repeated `NAME=VALUE` options of a training job and holds them against the platform's limits. */

import { limits } from '@optml/contract/limits';
import { CliError, type CliErrorCode } from '../errors.ts';

/** What a training job was asked to run with, by name, in the order given. */
export interface TrainingOptions {
  /** The path of each channel, as it was typed. */
  readonly channels: ReadonlyMap<string, string>;
  readonly hyperparameters: ReadonlyMap<string, string>;
}

/** The pattern of `ChannelName` in the SageMaker API. */
const channelName = /^[A-Za-z0-9._-]+$/;

/**
 * Parses the values of `--input` and `--hyperparameter`. A value may hold further `=`.
 *
 * @throws CliError `INPUT_INVALID` or `HYPERPARAMETER_INVALID`.
 */
export function parseTrainingOptions(options: {
  readonly input: readonly string[];
  readonly hyperparameter: readonly string[];
}): TrainingOptions {
  const channels = parseAssignments(options.input, {
    code: 'INPUT_INVALID',
    option: '--input',
    form: 'CHANNEL=PATH',
    noun: 'channel',
  });
  for (const [name, path] of channels) assertChannel(name, path);
  const hyperparameters = parseAssignments(options.hyperparameter, {
    code: 'HYPERPARAMETER_INVALID',
    option: '--hyperparameter',
    form: 'NAME=VALUE',
    noun: 'hyperparameter',
  });
  for (const [name, value] of hyperparameters) assertHyperparameter(name, value);
  return { channels, hyperparameters };
}

interface AssignmentForm {
  readonly code: CliErrorCode;
  readonly option: string;
  readonly form: string;
  readonly noun: string;
}

function parseAssignments(texts: readonly string[], form: AssignmentForm): Map<string, string> {
  const assignments = new Map<string, string>();
  for (const text of texts) {
    const [name, value] = splitOnce(text);
    if (value === undefined) {
      throw new CliError(form.code, `${form.option} "${text}" has no "=": give ${form.form}`);
    }
    if (name === '')
      throw new CliError(form.code, `${form.option} "${text}" has no name before the "=": give ${form.form}`);
    if (assignments.has(name)) {
      throw new CliError(
        form.code,
        `${form.option} names the ${form.noun} "${name}" twice, as "${assignments.get(name)}" and as "${value}": give it once`,
      );
    }
    assignments.set(name, value);
  }
  return assignments;
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function assertChannel(name: string, path: string): void {
  const fail = (reason: string) => new CliError('INPUT_INVALID', `--input "${name}=${path}": ${reason}`);
  const { nameCharacters } = limits.channels;
  // A name of dots alone matches the pattern, and names another folder.
  if (!channelName.test(name) || /^\.+$/.test(name))
    throw fail(`the channel name "${name}" may hold only letters, digits, ".", "_" and "-"`);
  if (name.length > nameCharacters)
    throw fail(`the channel name has ${name.length} characters: SageMaker allows ${nameCharacters}`);
  if (path === '') throw fail('the path is empty: give a file or a folder');
}

function assertHyperparameter(name: string, value: string): void {
  const fail = (reason: string) =>
    new CliError('HYPERPARAMETER_INVALID', `--hyperparameter "${clip(name)}": ${reason}`);
  const { nameCharacters, valueCharacters } = limits.hyperparameters;
  if (name.length > nameCharacters)
    throw fail(`the name has ${name.length} characters: SageMaker allows ${nameCharacters}`);
  if (value.length > valueCharacters)
    throw fail(
      `the value has ${value.length} characters: SageMaker allows ${valueCharacters}; pass long values in a channel`,
    );
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
