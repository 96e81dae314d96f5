/** The hyperparameters of a program as its arguments: no shell, so nothing in them can be executed. */

import type { DecodedText } from '../hyperparameters/decode-text.ts';

/**
 * Lists `--name value` in the order of the platform; one-letter names become `-n value`. A value is the text as it
 * was delivered, less one layer of JSON string quoting. As with the Python toolkit `null` is an empty text, and
 * `true` and `false` are `True` and `False`, which is what Python programs compare with, unless the style is `json`.
 */
export function createProgramArguments(
  texts: Readonly<Record<string, DecodedText>>,
  style: 'json' | 'python',
): readonly string[] {
  return Object.entries(texts).flatMap(([name, text]) => [
    [...name].length === 1 ? `-${name}` : `--${name}`,
    formatArgument(text, style),
  ]);
}

function formatArgument({ plain, json }: DecodedText, style: 'json' | 'python'): string {
  const word = json?.kind === 'word' ? json.text : undefined;
  if (word === 'null') return '';
  if (word === 'true' && style === 'python') return 'True';
  if (word === 'false' && style === 'python') return 'False';
  return plain;
}
