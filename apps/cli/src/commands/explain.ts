/** `optml explain`: what a code of optml or a text of the platform means, why, and what to do. */

import { text as readText } from 'node:stream/consumers';
import { CliError } from '../errors.ts';
import { findExplanation, listNearest } from '../explain/find-explanation.ts';
import type { PlatformError } from '../explain/platform-error.ts';
import { type ErrorCode, readErrorCodes } from '../explain/read-error-codes.ts';
import type { Context } from '../process/context.ts';
import { suggest } from '../terminal/suggest.ts';
import { writeResult, writeTo } from '../terminal/write-to.ts';

/** The options of `optml explain`. */
export interface ExplainOptions {
  readonly json?: true;
}

/**
 * Prints the rows of a code, or the cause that a text names. Without words it reads the text from stdin.
 *
 * @throws CliError `USAGE` for nothing to explain, `EXPLANATION_UNKNOWN` for what is not known, with the nearest entries.
 */
export async function explain(
  typed: readonly string[],
  { json }: ExplainOptions,
  { stdin, stdout }: Context,
): Promise<void> {
  const text = (typed.length > 0 || stdin.isTTY === true ? typed.join(' ') : await readText(stdin)).trim();
  if (text === '') {
    throw new CliError(
      'USAGE',
      'there is nothing to explain: give a code of optml or the text of an error, in quotes',
    );
  }
  const isCode = /^[A-Za-z0-9]+(_[A-Za-z0-9]+)*$/.test(text);
  const codes = isCode ? await readErrorCodes() : [];
  const rows = codes.filter(({ code }) => code === text.toUpperCase());
  const found = rows.length > 0 ? undefined : findExplanation(text);
  if (rows.length === 0 && found === undefined) throw describeUnknown(text, codes);
  const data = found === undefined ? { codes: rows } : { error: found };
  if (json === true) return writeResult(stdout, data);
  await writeTo(stdout, found === undefined ? rows.map(formatCode).join('\n') : formatError(found));
}

function formatCode({ owner, code, meaning, fix }: ErrorCode): string {
  const lines = [`${code} (${owner})`, `  meaning: ${meaning}`, ...(fix === '' ? [] : [`  fix: ${fix}`])];
  return `${lines.join('\n')}\n`;
}

function formatError({ id, cause, why, fix }: PlatformError): string {
  return `${id}\n  cause: ${cause}\n  why: ${why}\n  fix: ${fix}\n`;
}

function describeUnknown(text: string, codes: readonly ErrorCode[]): CliError {
  const shown = text.length > 100 ? `${text.slice(0, 100)}...` : text;
  const meant = suggest(
    text,
    codes.map(({ code }) => code),
  );
  const nearest = listNearest(text).map(({ id, texts: [sample], cause }) => ({ id, text: sample, cause }));
  const hint =
    nearest.length === 0
      ? 'give the whole text, as the platform or the log has it'
      : `the nearest that are known: ${nearest.map(({ text: sample }) => `"${sample}"`).join(', ')}`;
  return new CliError('EXPLANATION_UNKNOWN', `not known: "${shown}"${meant}; ${hint}`, {
    facts: { nearest },
  });
}
