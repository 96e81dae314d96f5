/** Makes text of unknown origin fit for one line of a reason. */

import { stripVTControlCharacters } from 'node:util';

const ellipsis = '...';

/** Without ANSI codes, control characters, halves of surrogate pairs and what a carriage return overwrote. */
export function cleanLine(line: string): string {
  const shown = stripVTControlCharacters(line)
    .split('\r')
    .findLast((part) => part.trim() !== '');
  return (shown ?? '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}

/** Joins the lines of a text to one: a list after a colon stays readable as a list. */
export function joinLines(text: string): string {
  return text
    .split('\n')
    .map(cleanLine)
    .filter((line) => line !== '')
    .reduce((joined, line) => joined + (joined === '' ? '' : joined.endsWith(':') ? ' ' : '; ') + line, '');
}

/** Cuts at the end, never through a surrogate pair; `characters` are UTF-16 units. */
export function cutEnd(text: string, characters: number): string {
  if (text.length <= characters) return text;
  if (characters <= ellipsis.length) return '';
  const cut = text.slice(0, characters - ellipsis.length);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}${ellipsis}`;
}

/** Cuts at the start, for places in files, whose end matters most. */
export function cutStart(text: string, characters: number): string {
  if (text.length <= characters) return text;
  if (characters <= ellipsis.length) return '';
  const cut = text.slice(-(characters - ellipsis.length));
  return `${ellipsis}${/^[\uDC00-\uDFFF]/.test(cut) ? cut.slice(1) : cut}`;
}
