/** The formats of bodies, a row each: what a new one needs is its codec and a row here. */

import {
  type Codec,
  csvCodec,
  imageCodec,
  jsonCodec,
  jsonLinesCodec,
  libsvmCodec,
  type NdArray,
  npyCodec,
  npzCodec,
  octetStreamCodec,
  plainTextCodec,
  recordIoCodec,
  recordIoProtobufCodec,
} from '@optml/codecs';
import { toLists } from '@optml/codecs/arrays';
import { type DecodedBody, maximumRecordBytes, type ReadOptions } from './decoded-body.ts';
import { type Frame, frameBytes, frameCsv, frameJson, frameJsonLines, frameRecords } from './frames.ts';
import { readArchive, toNamedLists } from './read-archive.ts';
import { readCsv, readPackedCsv } from './read-csv.ts';
import { readJson, readPlainJson } from './read-json.ts';
import { toRecordInstances } from './record-instances.ts';
import { toDenseRows } from './sparse-rows.ts';
import { toTensorRecords } from './write-records.ts';
import { toRows, writeCsv, writeJson, writeJsonLines } from './write-text.ts';

export interface Format {
  readonly codec: Codec;
  /** Reads a body in UTF-8, which may be text already, the short way; `undefined` for what only the codec may judge. */
  readonly readPlain?:
    | ((body: string | Uint8Array, options: ReadOptions) => DecodedBody | undefined)
    | undefined;
  /** Makes instances of a body; without it they are what the codec decodes. */
  readonly toInstances?: ReadBody | undefined;
  /** The same for a predictor that takes arrays packed. */
  readonly toPacked?: ReadBody | undefined;
  /** Writes a prediction other than bytes; without it the codec gets the prediction as it is. */
  readonly fromPrediction?: ((prediction: unknown) => string | Uint8Array) | undefined;
  /** Writes a prediction item by item; without it a reply of this format has to be whole. */
  readonly frame?: Frame | undefined;
  /** Describes a body that is text; others are bytes, which have no schema. */
  readonly description?: string | undefined;
  /** True for a codec of the author's. */
  readonly isOwn?: true | undefined;
  /** True where a body is bytes and nothing else. */
  readonly isBytes?: true | undefined;
  /** True where the parameter `label_size` tells how many columns are labels. */
  readonly hasLabels?: true | undefined;
}

type ReadBody = (body: Uint8Array, options: ReadOptions) => DecodedBody;

/** In the order in which a reply prefers them where nothing else decides. */
export const formats: readonly Format[] = [
  {
    codec: csvCodec as Codec,
    readPlain: (body, options) => (options.arrays === 'packed' ? undefined : readCsv(body, options)),
    toInstances: readCsv,
    toPacked: readPackedCsv,
    fromPrediction: writeCsv,
    frame: frameCsv,
    description: 'A row for each instance, without a header.',
    hasLabels: true,
  },
  {
    codec: jsonCodec,
    readPlain: readPlainJson,
    toInstances: readJson,
    fromPrediction: writeJson,
    frame: frameJson,
  },
  {
    codec: jsonLinesCodec,
    fromPrediction: writeJsonLines,
    frame: frameJsonLines,
    description: 'A JSON document for each instance, one a line.',
  },
  { codec: octetStreamCodec as Codec, frame: frameBytes, isBytes: true },
  {
    codec: npyCodec as Codec,
    toInstances: (body, { lossyNumbers }) => name(toLists(decodeNpy(body), { lossyNumbers })),
    toPacked: (body) => name(decodeNpy(body)),
    fromPrediction: (prediction) => npyCodec.encode(prediction as NdArray),
  },
  {
    codec: npzCodec as Codec,
    toInstances: (body, options) => name(toNamedLists(readArchive(body), options)),
    toPacked: (body) => name(readArchive(body)),
    fromPrediction: (prediction) => npzCodec.encode(prediction as NdArray),
  },
  {
    codec: libsvmCodec as Codec,
    toInstances: (body, { sparse, parameters }) =>
      name(toDenseRows(libsvmCodec.decode(body, { parameters, maximumRecordBytes }), sparse)),
    toPacked: (body, { parameters }) => name(libsvmCodec.decode(body, { parameters, maximumRecordBytes })),
    description: 'A row for each instance.',
  },
  {
    codec: recordIoProtobufCodec as Codec,
    toInstances: (body) => name(toRecordInstances(decodeRecords(body))),
    toPacked: (body) => name(decodeRecords(body)),
    fromPrediction: (prediction) => recordIoProtobufCodec.encode(toTensorRecords(toRows(prediction))),
    frame: frameRecords,
  },
  { codec: recordIoCodec as Codec, frame: (items) => recordIoCodec.encodeStream(items as never) },
  { codec: imageCodec as Codec, frame: frameBytes, isBytes: true },
];

/** Of predictors made of hooks only: there is no schema that would have to take a text. */
const plainText: Format = { codec: plainTextCodec as Codec, description: 'One text.' };

const byCodec = new Map([...formats, plainText].map((format) => [format.codec, format]));

/** Gives the row of a codec; one of the author's own has nothing but the codec. */
export function findFormat(codec: Codec): Format {
  return byCodec.get(codec) ?? { codec, isOwn: true, frame: (items) => codec.encodeStream(items) };
}

function decodeNpy(body: Uint8Array): NdArray {
  return npyCodec.decode(body, { maximumRecordBytes });
}

function decodeRecords(body: Uint8Array) {
  return recordIoProtobufCodec.decode(body, { maximumRecordBytes });
}

function name(instances: unknown): DecodedBody {
  return { name: 'instances', instances };
}
