/** Reads the lists, tuples, dictionaries and sets that Python prints, nested in one another. */

import { isLeaf, isTooDeep, type TextNode } from './text-node.ts';

const word =
  /(?:[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|inf|infinity)|true|false|null|none)(?![\w.])/iy;
const quoted = /'([^'\\]*(?:\\.[^'\\]*)*)'|"([^"\\]*(?:\\.[^"\\]*)*)"/sy;
const closers: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}' };

/** Returns what the text spells; `undefined` for anything but one list, tuple, dictionary or set. */
export function parsePythonLiteral(text: string): TextNode | undefined {
  if (!Object.hasOwn(closers, text.trim().charAt(0))) return undefined;
  const reader = createReader(text);
  try {
    const node = readNode(reader);
    return reader.atEnd() && !isTooDeep(node) ? node : undefined;
  } catch (error) {
    // A RangeError of what is nested too deep, or of a code point that there is not.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Reader {
  /** Moves over white space and `token`, if that comes next. */
  readonly take: (token: string) => boolean;
  /** Moves over white space and what `pattern`, a sticky one, matches next. */
  readonly match: (pattern: RegExp) => RegExpExecArray | undefined;
  readonly atEnd: () => boolean;
}

function createReader(text: string): Reader {
  let at = 0;
  const skipSpace = () => {
    while (' \t\r\n'.includes(text[at] ?? 'end')) at += 1;
  };
  return {
    take(token) {
      skipSpace();
      if (!text.startsWith(token, at)) return false;
      at += token.length;
      return true;
    },
    match(pattern) {
      skipSpace();
      pattern.lastIndex = at;
      const found = pattern.exec(text) ?? undefined;
      at += found?.[0].length ?? 0;
      return found;
    },
    atEnd() {
      skipSpace();
      return at === text.length;
    },
  };
}

function readNode(reader: Reader): TextNode {
  if (reader.take('{')) return readBraces(reader);
  for (const opener of ['[', '(']) {
    if (reader.take(opener)) return { kind: 'list', items: readItems(reader, closers[opener] as string) };
  }
  const text = reader.match(quoted);
  if (text !== undefined) return { kind: 'text', text: readEscapes(text[1] ?? text[2] ?? '') };
  const [plain] = reader.match(word) ?? [];
  if (plain === undefined) throw new SyntaxError('neither a value nor a bracket');
  return { kind: 'word', text: plain };
}

/** Reads the items behind an opening bracket, and its closer. */
function readItems(reader: Reader, closer: string): readonly TextNode[] {
  const items: TextNode[] = [];
  if (reader.take(closer)) return items;
  do items.push(readNode(reader));
  while (goesOn(reader, closer));
  return items;
}

/** A dictionary, or a set, which is read as a list. */
function readBraces(reader: Reader): TextNode {
  if (reader.take('}')) return { kind: 'object', entries: [] };
  const first = readNode(reader);
  if (!reader.take(':')) {
    const items = goesOn(reader, '}') ? readItems(reader, '}') : [];
    return { kind: 'list', items: [first, ...items] };
  }
  const entries = new Map([[readKey(first), readNode(reader)]]);
  while (goesOn(reader, '}')) {
    const key = readKey(readNode(reader));
    // Python tells 1 and '1' apart, an object does not.
    if (entries.has(key) || !reader.take(':')) throw new SyntaxError('not a dictionary for an object');
    entries.set(key, readNode(reader));
  }
  return { kind: 'object', entries: [...entries] };
}

function readKey(node: TextNode): string {
  if (!isLeaf(node)) throw new SyntaxError('a tuple is not a key for an object');
  return node.text;
}

/** Moves over the comma behind an item, and returns true when another item follows it. */
function goesOn(reader: Reader, closer: string): boolean {
  if (reader.take(closer)) return false;
  if (!reader.take(',')) throw new SyntaxError(`neither a comma nor ${closer}`);
  return !reader.take(closer);
}

const escapes: Readonly<Record<string, string>> = {
  ...{ n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v', '\n': '' },
  ...{ '\\': '\\', "'": "'", '"': '"' },
};

function readEscapes(text: string): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|(.))/gs,
    (matched, hex2?: string, hex4?: string, hex8?: string, octal?: string, letter = '') => {
      const hex = hex2 ?? hex4 ?? hex8;
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      return escapes[letter] ?? matched;
    },
  );
}
