/**
 * Cuts any value down to what there is room for. The work is bounded by the room and not by the value, which may be an
 * author's array of a million numbers, refer to itself, or throw when it is looked at.
 */

export interface SummaryOptions {
  /** About as many characters as the summary takes as JSON, or a few times as many where it holds numbers. */
  readonly maximumCharacters: number;
  /** Marks the words for what JSON has none for, such as `NaN`, `5n` or `a Map of 3`; as they are by default. */
  readonly markWord?: ((word: string) => string) | undefined;
}

/** What is deeper, or refers to itself, is not looked into. */
const maximumDepth = 16;

/** Gives plain data, which JSON can write and another thread can be sent; members that are `undefined` are left out. Never throws. */
export function summarize(value: unknown, options: SummaryOptions): unknown {
  const { maximumCharacters, markWord = (word) => word } = options;
  const ancestors: object[] = [];
  let room = maximumCharacters;

  function visit(part: unknown): unknown {
    if (typeof part === 'string') return cut(part);
    if (typeof part === 'object' && part !== null) return visitObject(part);
    room -= 2;
    return typeof part === 'boolean' || part === null || Number.isFinite(part)
      ? part
      : markWord(nameOther(part));
  }
  function cut(text: string): string {
    const shown = text.length > room ? `${text.slice(0, Math.max(0, room))}...` : text;
    room -= shown.length + 3;
    return shown;
  }
  function visitObject(part: object): unknown {
    room -= 2;
    const depth = ancestors.length;
    try {
      const name = nameClosed(part);
      if (name !== undefined) return markWord(name);
      if (depth === maximumDepth || ancestors.includes(part)) return markWord('...');
      ancestors.push(part);
      return Array.isArray(part) ? visitList(part) : visitMembers(part);
    } catch {
      return markWord(Array.isArray(part) ? 'an array' : 'an object');
    } finally {
      ancestors.length = depth;
    }
  }
  function visitList(list: readonly unknown[]): unknown[] {
    const shown: unknown[] = [];
    while (shown.length < list.length && room > 0) shown.push(visit(list[shown.length]));
    if (shown.length < list.length) shown.push(`... ${list.length - shown.length} more`);
    return shown;
  }
  function visitMembers(part: object): unknown {
    if (part instanceof Error) return cut(part.message);
    if ('toJSON' in part && typeof part.toJSON === 'function') return visit(part.toJSON());
    const shown: [string, unknown][] = [];
    for (const key in part) {
      const member = Object.hasOwn(part, key) ? (part as Readonly<Record<string, unknown>>)[key] : undefined;
      if (member === undefined) continue;
      shown.push(room > 0 ? [cut(key), visit(member)] : ['...', 'more']);
      if (room <= 0) break;
    }
    return Object.fromEntries(shown);
  }
  return visit(value);
}

function nameOther(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : String(value);
}

/** Names what is not looked into: it has no members, or very many. */
function nameClosed(value: object): string | undefined {
  if (value instanceof Map || value instanceof Set) return `a ${value.constructor.name} of ${value.size}`;
  // Asked for its name: looking for the class would load it.
  if (Object.prototype.toString.call(value) === '[object File]')
    return `a file of ${countBytes((value as Blob).size)}`;
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return countBytes(value.byteLength);
  if (!ArrayBuffer.isView(value)) return undefined;
  return `a ${value.constructor.name} of ${'length' in value ? value.length : value.byteLength}`;
}

function countBytes(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`;
}
