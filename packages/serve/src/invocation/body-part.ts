/** Where a part of a larger body was cut out of it. */

/** How records end: csv has cells that may hold line ends, and a row may end in a carriage return. */
export type LineFormat = 'csv' | 'json';

/** A part has whole records. */
export interface BodyPart {
  readonly format: LineFormat;
  readonly records: number;
  /** How many records, lines and bytes are before it. */
  readonly recordsBefore: number;
  readonly linesBefore: number;
  readonly bytesBefore: number;
  /** Of csv, how many columns the first row of the whole body has. */
  readonly csvColumns?: number | undefined;
}
