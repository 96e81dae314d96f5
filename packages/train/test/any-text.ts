import fc, { type StringConstraints } from 'fast-check';

/** As the unit `binary` of fast-check, for which it first fills a table of all characters, four seconds long. */
const surrogates = { first: 0xd800, count: 0x800 };
const character = fc.nat({ max: 0x10ffff - surrogates.count }).map(
  (code) => String.fromCodePoint(code < surrogates.first ? code : code + surrogates.count),
  (text) => {
    const code = (text as string).codePointAt(0) as number;
    return code < surrogates.first ? code : code - surrogates.count;
  },
);

/** Any text without halves of characters. */
export function anyText(constraints: Pick<StringConstraints, 'minLength' | 'maxLength' | 'size'> = {}) {
  return fc.string({ ...constraints, unit: character });
}
