/** How the items of a streamed prediction are written, one by one, in each format that can hold them so. */

import { CodecError, csvCodec, octetStreamCodec, recordIoProtobufCodec } from '@optml/codecs';
import { stringifyJson } from '@optml/codecs/text';
import { toTensorRecords } from './write-records.ts';

/** Gives a piece for each item as soon as the item is there. */
export type Frame = (items: AsyncIterable<unknown>) => AsyncGenerator<string | Uint8Array>;

/** Writes the document that a list of all items is in an ordinary reply. */
export const frameJson: Frame = async function* (items) {
  let record = 0;
  for await (const item of items) {
    yield `${record === 0 ? '{"predictions":[' : ','}${stringifyItem(item, record)}`;
    record += 1;
  }
  yield record === 0 ? '{"predictions":[]}' : ']}';
};

export const frameJsonLines: Frame = (items) =>
  mapItems(items, (item, record) => `${stringifyItem(item, record)}\n`);

/** An event for each item: a text as it is, anything else as JSON. Source: HTML Standard, "Server-sent events". */
export const frameEvents: Frame = (items) =>
  mapItems(items, (item, record) => {
    const text = typeof item === 'string' ? item : stringifyItem(item, record);
    return `data: ${text.split(/\r\n|\r|\n/).join('\ndata: ')}\n\n`;
  });

/** A row for each item. */
export const frameCsv: Frame = (items) =>
  csvCodec.encodeStream(mapItems(items, assertNotBytes) as AsyncIterable<never>);

export const frameRecords: Frame = (items) =>
  recordIoProtobufCodec.encodeStream(
    mapItems(items, (item, record) => toTensorRecords([assertNotBytes(item, record)])[0] as never),
  );

/** Copies, for the author may use an array again. */
export const frameBytes: Frame = (items) =>
  mapItems(items, (item) => new Uint8Array(octetStreamCodec.encode(item as Uint8Array)));

async function* mapItems<Mapped>(
  items: AsyncIterable<unknown>,
  map: (item: unknown, record: number) => Mapped,
): AsyncGenerator<Mapped> {
  let record = 0;
  for await (const item of items) {
    yield map(item, record);
    record += 1;
  }
}

function stringifyItem(item: unknown, record: number): string {
  return stringifyJson(assertNotBytes(item, record), record);
}

function assertNotBytes(item: unknown, record: number): unknown {
  if (!(item instanceof Uint8Array)) return item;
  const message = `item ${record} (from zero) is bytes, which can only be written as application/octet-stream or an image`;
  throw new CodecError('JSON_UNENCODABLE', message, { record });
}
