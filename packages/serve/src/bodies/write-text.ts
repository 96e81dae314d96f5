/** Writes predictions in the formats that are text. */

import { unpackValue } from '@optml/codecs/arrays';
import { encodeCsvText, stringifyJson } from '@optml/codecs/text';

export function writeJson(prediction: unknown): string {
  const text = stringifyJson(prediction);
  return text.startsWith('[') ? `{"predictions":${text}}` : text;
}

/** As text and not by its codec: a few lines are quicker on their way as text. */
export function writeJsonLines(prediction: unknown): string {
  return Array.from(toRows(prediction), (value, record) => `${stringifyJson(value, record)}\n`).join('');
}

export function writeCsv(prediction: unknown): string {
  return encodeCsvText(toRows(prediction));
}

/** A prediction that is not a list is one row. */
export function toRows(prediction: unknown): readonly unknown[] {
  const lists = unpackValue(prediction);
  return Array.isArray(lists) ? lists : [lists];
}
