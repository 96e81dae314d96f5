/**
 * Finds the cause of an error by what its text says. Decisive words have to stand there as the platform writes them:
 * a text that only resembles a known one is not known.
 */

import type { PlatformError } from './platform-error.ts';
import { platformErrorTables } from './platform-errors.ts';

const platformErrors = platformErrorTables.flatMap(({ errors }) => errors);

/** Where a code or a clause is over: what follows is its message, or nothing. */
const end = "(?=\\s*(?:$|\\n|[-:.,;()[\\]'<>]| error\\b))";

/** What the words of a placeholder may be; any other name is one word. All are bounded: a log may be one word of megabytes. */
const placeholders: Readonly<Record<string, string>> = {
  '...': '.{0,600}?',
  number: '\\d[\\d,.]*',
  account: '(?:\\d{12}|[xX*#]+)',
  address: "[^\\s']{0,400}[.:/][^\\s']{0,400}",
  path: "'?[/.][^\\s']{0,400}",
  key: "'?arn:aws[a-z-]*:kms:\\S{1,400}",
  arn: "'?arn:\\S{1,400}",
  end,
};

/** Words before a match that turn it into its opposite. */
const negation =
  /\b(?:no|not an?|not the|never|without|fixed|resolved|instead of|rather than)\s*(?:an?|the|any|more|:)?\s*'?$/i;

/** The first entry of the tables that the text names, or `undefined`. */
export function findExplanation(text: string): PlatformError | undefined {
  const plain = normalise(text);
  return platformErrors.find(
    ({ texts, unless = [], names = [] }) =>
      (texts.some((known) => holds(plain, known)) || names.some((name) => isName(plain, name))) &&
      !unless.some((known) => holds(plain, known)),
  );
}

/** The entries whose texts share most of their rarer words with `text`, at most three. */
export function listNearest(text: string): readonly PlatformError[] {
  const words = new Set(listWords(text));
  const frequency = new Map<string, number>();
  for (const word of platformErrors.flatMap(({ texts }) => [...new Set(listWords(texts.join(' ')))]))
    frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const score = (known: string) => {
    const weights = [...new Set(listWords(known))].map(
      (word) => [word, 1 / (frequency.get(word) ?? 1)] as const,
    );
    const sum = (list: readonly (readonly [string, number])[]) =>
      list.reduce((total, [, weight]) => total + weight, 0);
    const shared = weights.filter(([word]) => words.has(word));
    return shared.length < Math.min(2, weights.length) ? 0 : sum(shared) / sum(weights);
  };
  return platformErrors
    .map((error) => ({ error, score: Math.max(...error.texts.map(score)) }))
    .filter(({ score }) => score > 0.2)
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ error }) => error);
}

/** Single spaces and line ends, one kind of quote, and none of what colours a terminal. */
function normalise(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
      .replace(/\u001b\[[\d;]*[A-Za-z]/g, '')
      .replace(/\\+"|[‘’‚“”„`"]/g, "'")
      .replace(/\s+/g, (gap) => (gap.includes('\n') ? '\n' : ' '))
      .trim()
  );
}

function isName(plain: string, name: string): boolean {
  return plain.replace(/[.:]+$/, '').toLowerCase() === name.toLowerCase();
}

const patterns = new Map<string, RegExp>();

function holds(plain: string, known: string): boolean {
  let pattern = patterns.get(known);
  if (pattern === undefined) {
    pattern = compile(known);
    patterns.set(known, pattern);
  }
  for (const { index } of plain.matchAll(pattern)) {
    if (!negation.test(plain.slice(Math.max(0, index - 30), index))) return true;
  }
  return false;
}

/** A single word is the code of an error: it counts where a message has its code, and not in the middle of a sentence. */
function compile(known: string): RegExp {
  const source = normalise(known)
    .split(/(<(?:\w+|\.\.\.)>)/)
    .map((piece, index) => {
      if (index % 2 === 0) return compileWords(piece);
      return placeholders[piece.slice(1, -1)] ?? "'?[^\\s']{1,400}'?";
    })
    .join('');
  const before = /^\w/.test(known) ? '(?<!\\w)' : '';
  const isCode = /^[\w.]+$/.test(known);
  const after = isCode ? end : /[\w>]$/.test(known) ? '(?!\\w)' : '';
  return new RegExp(before + source + after, 'gis');
}

/** A shell takes away the quotes inside of quotes, and puts the value in the place of `$PATH`. */
function compileWords(piece: string): string {
  return piece
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/ /g, '\\s')
    .replace(/'/g, "'?")
    .replace('\\$PATH', '\\S{1,400}');
}

function listWords(text: string): readonly string[] {
  return normalise(text)
    .replace(/<(?:\w+|\.\.\.)>/g, ' ')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 2);
}
