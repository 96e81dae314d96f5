/** Finds where text stops being JSON: V8 names the place in some of its messages only. */

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

/** Returns the index of the first character that cannot be there; the length when the text ends too early. */
export function findJsonError(text: string): number {
  const closers: string[] = [];
  let expected: Expected = 'value';
  let at = skipSpace(text, 0);
  for (; at < text.length; at = skipSpace(text, at)) {
    const character = text[at] ?? '';
    if (expected.endsWith('end') && character === closers.at(-1)) {
      closers.pop();
      at += 1;
      expected = closers.length === 0 ? 'nothing' : 'comma or end';
    } else if (expected.startsWith('value') && (character === '[' || character === '{')) {
      closers.push(character === '[' ? ']' : '}');
      at += 1;
      expected = character === '[' ? 'value or end' : 'key or end';
    } else {
      const end = scan(text, at, expected);
      if (!end.whole) return end.at;
      at = end.at;
      expected = follow(expected, closers.at(-1));
    }
  }
  return at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (' \t\n\r'.includes(text[at] ?? 'end')) at += 1;
  return at;
}

interface Scan {
  /** Where the token ends, or where it goes wrong. */
  readonly at: number;
  readonly whole: boolean;
}

function scan(text: string, at: number, expected: Expected): Scan {
  if (expected === 'colon') return { at: text[at] === ':' ? at + 1 : at, whole: text[at] === ':' };
  if (expected === 'comma or end') return { at: text[at] === ',' ? at + 1 : at, whole: text[at] === ',' };
  if (expected === 'nothing') return { at, whole: false };
  if (text[at] === '"') return scanString(text, at + 1);
  if (expected.startsWith('key')) return { at, whole: false };
  return scanWord(text, at);
}

function scanString(text: string, from: number): Scan {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '"') return { at: at + 1, whole: true };
    if (text.charCodeAt(at) < 0x20) return { at, whole: false };
    if (text[at] !== '\\') continue;
    const end = scanEscape(text, at + 1);
    if (!end.whole) return end;
    at = end.at - 1;
  }
  return { at: text.length, whole: false };
}

function scanEscape(text: string, at: number): Scan {
  if (text[at] !== 'u') {
    const whole = at < text.length && '"\\/bfnrt'.includes(text[at] ?? '');
    return { at: whole ? at + 1 : at, whole };
  }
  const digits = /^[0-9a-fA-F]*/.exec(text.slice(at + 1, at + 5))?.[0].length ?? 0;
  return { at: at + 1 + digits, whole: digits === 4 };
}

function scanWord(text: string, at: number): Scan {
  const word = ['true', 'false', 'null'].find((known) => known[0] === text[at]);
  if (word === undefined) return scanNumber(text, at);
  let length = 0;
  while (length < word.length && text[at + length] === word[length]) length += 1;
  return { at: at + length, whole: length === word.length };
}

/** As much of a number as there is. */
const numberPattern = /-?(?:(?:0|[1-9]\d*)(?:\.(?:\d+(?:[eE][+-]?\d*)?)?|[eE][+-]?\d*)?)?/y;

function scanNumber(text: string, from: number): Scan {
  numberPattern.lastIndex = from;
  const number = numberPattern.exec(text)?.[0] ?? '';
  return { at: from + number.length, whole: /\d$/.test(number) };
}

function follow(expected: Expected, closer: string | undefined): Expected {
  if (expected.startsWith('key')) return 'colon';
  if (expected === 'colon') return 'value';
  if (expected === 'comma or end') return closer === '}' ? 'key' : 'value';
  return closer === undefined ? 'nothing' : 'comma or end';
}
