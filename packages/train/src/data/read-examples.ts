/** Reads the examples of an augmented manifest, each a few named attributes. */

import { buffer } from 'node:stream/consumers';
import { TrainError } from '../errors.ts';
import type { DataPart, DataSource } from './data-source.ts';
import { readFileBytes } from './file-source.ts';
import { pairReferences, type Reference, type ReferencedChannel } from './pair-references.ts';
import { readRecordIo } from './read-records.ts';

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
    const message = `${part.name}: ends after ${gathered.length} of the ${attributes.length} attributes of example ${count + 1}: are ${attributes.join(', ')} the job's AttributeNames?`;
    throw new TrainError('DATA_INVALID', message);
  }
}

/** The files of a channel that are manifests; all others are what they refer to. */
const manifestName = /\.(manifest|jsonl|jsonlines)$/;

/** A channel of files, of which some are manifests. */
export interface FiledChannel extends ReferencedChannel {
  readonly name: string;
  readonly source: DataSource;
  /** Reads the lines of a manifest. */
  readonly readManifest: (part: DataPart) => AsyncGenerator<unknown>;
}

/**
 * File form: the manifest is a file of JSON lines in the channel's folder, and so are the objects that its `-ref`
 * attributes name. All manifests are looked through before the first example is given: none is, when the object of
 * one is not certain.
 *
 * @throws TrainError `DATA_INVALID` with manifest and example.
 */
export async function* readFiledExamples<Attribute extends string>(
  channel: FiledChannel,
  attributes: readonly Attribute[],
): AsyncGenerator<Example<Attribute>> {
  await assertManifest(channel);
  const findFile = await pairReferences(() => listReferences(channel, attributes), channel);
  for await (const { line, where } of readManifests(channel)) {
    const values = await Promise.all(
      attributes.map(async (name) => {
        const value = readAttribute(line, name, where);
        if (!isReference(name)) return [name, toBytes(value)];
        return [name, await buffer(readFileBytes(findFile(String(value)), where))];
      }),
    );
    yield Object.fromEntries(values) as Example<Attribute>;
  }
}

/** Nothing else would say why there are no examples; of a channel without files its own check does. */
async function assertManifest({ source, name, isSharded }: FiledChannel): Promise<void> {
  const files = await source.files();
  if (isSharded || files.length === 0 || files.some((file) => manifestName.test(file))) return;
  const message = `channel ${name} has no manifest among its files: give it a name that ends in .manifest, .jsonl or .jsonlines`;
  throw new TrainError('DATA_INVALID', message);
}

async function* listReferences(
  channel: FiledChannel,
  attributes: readonly string[],
): AsyncGenerator<Reference> {
  const names = attributes.filter(isReference);
  for await (const { line, where } of readManifests(channel)) {
    for (const name of names) yield { uri: readReference(line, name, where), where };
  }
}

async function* readManifests({
  source,
  readManifest,
}: FiledChannel): AsyncGenerator<{ line: unknown; where: string }> {
  for await (const part of source.parts()) {
    if (!manifestName.test(part.name)) continue;
    let count = 0;
    for await (const line of readManifest(part)) {
      count += 1;
      yield { line, where: `${part.name}: example ${count}` };
    }
  }
}

function isReference(attribute: string): boolean {
  return attribute.endsWith('-ref');
}

function readReference(line: unknown, name: string, where: string): string {
  const value = readAttribute(line, name, where);
  if (typeof value === 'string') return value;
  const message = `${where} has ${JSON.stringify(value)} as ${name}: expected the S3 URI of an object`;
  throw new TrainError('DATA_INVALID', message);
}

function readAttribute(line: unknown, name: string, where: string): unknown {
  const value = (line as Readonly<Record<string, unknown>> | null)?.[name];
  if (value !== undefined) return value;
  const message = `${where} has no ${name}: every example needs all of the job's AttributeNames`;
  throw new TrainError('DATA_INVALID', message);
}

function toBytes(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
