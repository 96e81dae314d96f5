/** Text, csv and JSON without a codec around them, as `@optml/codecs/text`. */

export { decodeText, toUtf8 } from './codec/text-reader.ts';
export type { CsvValues } from './csv/csv-values.ts';
export { decodeCsvValues, encodeCsvText } from './csv/csv-values.ts';
export { parseJson } from './json/parse-json.ts';
export { stringifyJson } from './json/stringify-json.ts';
export { isLossyNumber } from './number/is-lossy-number.ts';
export type { JsonRows } from './numeric-json/read-json-rows.ts';
export { readJsonRows } from './numeric-json/read-json-rows.ts';
