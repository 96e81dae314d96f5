/**
 * Readers of environment variables. Written without zod, which every container would wait for before it does anything.
 */

import { combineProblems, type Problem } from '../errors.ts';
import { quote } from '../wording/describe-issue.ts';

/** Variables as a process has them; an app passes its own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Gives what the text of a variable means; `undefined` stands for one that is not set.
 *
 * @throws UnexpectedValue for a text that means nothing.
 */
export type VariableReader<Value> = (text: string | undefined) => Value;

/** Says what a reader expected in place of the text. */
class UnexpectedValue extends Error {}

/** Refuses a text: `expectation` reads after the text, for example `expected true or false`. */
export function refuse(expectation: string): never {
  throw new UnexpectedValue(expectation);
}

/** Reads a variable that need not be set. */
export function optional<Value>(read: (text: string) => Value): VariableReader<Value | undefined> {
  return (text) => (text === undefined ? undefined : read(text));
}

/** Reads a variable that has a default. */
export function withDefault<Value>(value: Value, read: (text: string) => Value): VariableReader<Value> {
  return (text) => (text === undefined ? value : read(text));
}

/** Any text. */
export const readText = (text: string): string => text;

/** Without regard to case. */
export function readFlag(text: string): boolean {
  if (!/^(true|false|1|0)$/i.test(text)) refuse('expected true or false');
  return /^(true|1)$/i.test(text);
}

/** Reads a whole number between two, both included; `meaning` says which. */
export function readWholeNumber(minimum: number, maximum: number, meaning: string) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum) refuse(`expected ${meaning}`);
    return value;
  };
}

/** Reads one of some words. */
export function readWord<Word extends string>(...words: readonly Word[]) {
  return (text: string): Word =>
    words.find((word) => word === text) ?? refuse(`expected one of ${words.join(', ')}`);
}

/**
 * Reads the variables that have a reader here; white space around a value does not count, and an empty one is unset.
 *
 * @throws ContractError `ENVIRONMENT_INVALID` with every problem at once.
 */
export function readVariables<Values>(
  readers: { readonly [Name in keyof Values]: VariableReader<Values[Name]> },
  environment: Environment,
): Values {
  const problems: Problem[] = [];
  const values: Partial<Values> = {};
  for (const path of Object.keys(readers) as (keyof Values & string)[]) {
    const value = environment[path]?.trim() || undefined;
    try {
      values[path] = readers[path](value);
    } catch (error) {
      if (!(error instanceof UnexpectedValue)) throw error;
      const message = `is ${quote(value)}: ${error.message}`;
      problems.push({ code: 'ENVIRONMENT_INVALID', path, value, message });
    }
  }
  const [first, ...others] = problems;
  if (first !== undefined) throw combineProblems([first, ...others]);
  return values as Values;
}
