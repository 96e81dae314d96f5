/** Reads the examples of an augmented manifest, each a few named attributes. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { TrainError } from '../errors.ts';
import type { DataPart, DataSource } from './data-source.ts';
import { readFileBytes } from './file-source.ts';
import { readJsonLines, readRecordIo } from './read-records.ts';

/** The bytes of each attribute; text and numbers are UTF-8, other values JSON. */
export type Example<Attribute extends string = string> = { readonly [Name in Attribute]: Buffer };

/**
 * Pipe form: the platform sends the attributes of each line in the job's order, a record each.
 *
 * @throws TrainError `DATA_INVALID` when the last example is not whole.
 */
export async function* readPipedExamples<Attribute extends string>(
  part: DataPart,
  attributes: readonly Attribute[],
): AsyncGenerator<Example<Attribute>> {
  let gathered: [Attribute, Buffer][] = [];
  let count = 0;
  for await (const record of readRecordIo(part, { maximumRecordBytes: 2 ** 30 })) {
    gathered.push([attributes[gathered.length] as Attribute, Buffer.from(record)]);
    if (gathered.length < attributes.length) continue;
    yield Object.fromEntries(gathered) as Example<Attribute>;
    gathered = [];
    count += 1;
  }
  if (gathered.length > 0) {
    throw new TrainError(
      'DATA_INVALID',
      `${part.name}: ends after ${gathered.length} of the ${attributes.length} attributes of example ${count + 1}: are ${attributes.join(', ')} the job's AttributeNames?`,
    );
  }
}

/** The files of a channel that are manifests; all others are what they refer to. */
const manifestName = /\.(manifest|jsonl|jsonlines)$/;

/**
 * File form: the manifest is a file of JSON lines in the channel's folder, and so are the objects that its `-ref`
 * attributes name.
 *
 * @throws TrainError `DATA_INVALID` with manifest and example.
 */
export async function* readFiledExamples<Attribute extends string>(
  source: DataSource,
  directory: string,
  attributes: readonly Attribute[],
): AsyncGenerator<Example<Attribute>> {
  for await (const part of source.parts()) {
    if (!manifestName.test(part.name)) continue;
    let count = 0;
    for await (const line of readJsonLines(part)) {
      count += 1;
      const where = `${part.name}: example ${count}`;
      const values = await Promise.all(
        attributes.map(async (name) => [name, await readAttribute(line, name, directory, where)] as const),
      );
      yield Object.fromEntries(values) as Example<Attribute>;
    }
  }
}

async function readAttribute(line: unknown, name: string, directory: string, where: string): Promise<Buffer> {
  const value = (line as Readonly<Record<string, unknown>> | null)?.[name];
  if (value === undefined) {
    throw new TrainError(
      'DATA_INVALID',
      `${where} has no ${name}: expected one as in the job's AttributeNames`,
    );
  }
  if (name.endsWith('-ref')) return readObject(String(value), directory, where);
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Finds an object by the end of its key: the folder holds what stands behind the channel's prefix. */
async function readObject(uri: string, directory: string, where: string): Promise<Buffer> {
  const steps = uri.replace(/^s3:\/\/[^/]+\//, '').split('/');
  for (let from = 0; from < steps.length; from += 1) {
    const path = join(directory, ...steps.slice(from));
    if (!(await stat(path).catch(() => undefined))?.isFile()) continue;
    return buffer(readFileBytes(path, where));
  }
  throw new TrainError(
    'DATA_INVALID',
    `${where} refers to ${uri}, of which the channel has no file: store what the manifest refers to below the channel's S3 prefix`,
  );
}
