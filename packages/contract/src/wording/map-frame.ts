/**
 * Takes a place in built code back to the author's source. Node's own `--enable-source-maps` reads every map
 * when a module is loaded, which costs more than the rest of a start; here one is read when something failed.
 */

import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The same few come again and again where a predictor fails for each request, and a map takes milliseconds to read. */
const mapped = new Map<string, string>();
const maximumMapped = 1_000;

/** Maps `/app/dist/train.js:12:5`, or the same as a URL, to `/app/src/train.ts:30:9`; a place without a map keeps its path. */
export function mapFrame(frame: string): string {
  const known = mapped.get(frame);
  if (known !== undefined) return known;
  const place = findSource(frame);
  if (mapped.size < maximumMapped) mapped.set(frame, place);
  return place;
}

function findSource(frame: string): string {
  const [, place = '', line, column] = /^(.*):(\d+):(\d+)$/.exec(frame) ?? [];
  const file = place.startsWith('file://') ? toPath(place) : place;
  const map = file.startsWith('/') ? openMap(file) : undefined;
  const entry = map?.findEntry(Number(line) - 1, Number(column) - 1);
  if (entry === undefined || !('originalSource' in entry))
    return file === '' ? frame : `${file}:${line}:${column}`;
  const source = resolve(dirname(file), entry.originalSource.replace('file://', ''));
  return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

/** Names what a module was made of: `/app/src/train.ts` for `/app/dist/train.js` or its URL; without a map, its own path. */
export function nameSource(module: string): string {
  const file = module.startsWith('file://') ? toPath(module) : module;
  const { name } = parse(file);
  const sources = file.startsWith('/') ? openMap(file)?.payload.sources : undefined;
  const source = sources?.findLast((one) => parse(one).name === name);
  return source === undefined ? file : resolve(dirname(file), source.replace('file://', ''));
}

function toPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

/** Of one turn, for the frames of a stack are of few files; megabytes that are let go of then. */
const maps = new Map<string, SourceMap | undefined>();

function openMap(file: string): SourceMap | undefined {
  if (maps.size === 0) queueMicrotask(() => maps.clear());
  if (!maps.has(file)) maps.set(file, readMap(file));
  return maps.get(file);
}

/** A map that is missing or damaged costs the source's place, never the failure's. */
function readMap(file: string): SourceMap | undefined {
  try {
    const link = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(file, 'utf8'))?.[1];
    if (link === undefined) return undefined;
    const [, inline] = /^data:application\/json[^,]*;base64,(.*)$/.exec(link) ?? [];
    const json =
      inline === undefined
        ? readFileSync(resolve(dirname(file), decodeURIComponent(link)), 'utf8')
        : Buffer.from(inline, 'base64').toString('utf8');
    return new SourceMap(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** The place in a first line that is nothing else, above a piece of code, for example `file:///opt/ml/code/train.js:12`. */
export function findPlace(text: string): string | undefined {
  return /^(?:file:\/\/)?(\/.*:\d+)(?:\n|$)/.exec(text)?.[1];
}
