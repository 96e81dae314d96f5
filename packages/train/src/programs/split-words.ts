/** Splits a line into words by the quoting rules of a shell, and does nothing else that a shell does. */

/** Inside double quotes a backslash stays unless it stands before one of these. */
const escapableInQuotes = /["\\]/;

/**
 * Splits at blanks and line breaks; quotes hold a word together and a backslash takes the next character as it is.
 * Variables, patterns, commands and comments are ordinary text.
 *
 * @throws RangeError for a quote that is not closed and for a backslash at the end.
 */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] as string;
    if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const part = isQuote(character) ? readQuoted(text, at) : readPlain(text, at);
    word = (word ?? '') + part.text;
    at = part.end;
  }
  return word === undefined ? words : [...words, word];
}

interface Part {
  readonly text: string;
  /** The index of its last character. */
  readonly end: number;
}

function isQuote(character: string): boolean {
  return character === '"' || character === "'";
}

function readPlain(text: string, at: number): Part {
  if (text[at] !== '\\') return { text: text[at] as string, end: at };
  const next = text[at + 1];
  if (next === undefined) throw new RangeError('ends with a backslash');
  return { text: next, end: at + 1 };
}

function readQuoted(text: string, start: number): Part {
  const quote = text[start] as string;
  let content = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at] as string;
    if (character === quote) return { text: content, end: at };
    const next = text[at + 1] ?? '';
    const isEscape = quote === '"' && character === '\\' && escapableInQuotes.test(next);
    content += isEscape ? next : character;
    if (isEscape) at += 1;
  }
  throw new RangeError(`opens a quote that is not closed: ${text.slice(start)}`);
}
