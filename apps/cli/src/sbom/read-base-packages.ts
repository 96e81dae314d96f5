/** Finds out what a base image holds, from the records of its package managers. */

import { text } from 'node:stream/consumers';
import type { Image } from '@optml/image';
import { readLayerEntries } from '@optml/image/layers';

/** A package of an operating system. */
export interface SystemPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string | undefined;
}

/** What is known of a base. */
export interface BaseContents {
  /** `undefined` where no record that optml reads is in the base. */
  readonly packages: readonly SystemPackage[] | undefined;
  /** The kind of the packages, as package URLs name it. */
  readonly packageType: 'deb' | 'apk';
  /** `ID` and `VERSION_ID` of its os-release. */
  readonly system: { readonly name: string; readonly version: string | undefined } | undefined;
  /** The version of the Node in it, where a header or the official images' variable gives it. */
  readonly nodeVersion: string | undefined;
}

const dpkgRecord = /^var\/lib\/dpkg\/status(?:\.d\/[^/]+)?$/;
const apkRecord = /^(?:usr\/)?lib\/apk\/db\/installed$/;
const systemRecord = /^(?:etc|usr\/lib)\/os-release$/;
const nodeHeader = /^usr(?:\/local)?\/include\/node\/node_version\.h$/;
const records = [dpkgRecord, apkRecord, systemRecord, nodeHeader];

/** Reads the records in the layers of `base`, which may fetch them. @throws ImageError what reading a layer throws */
export async function readBasePackages(base: Image, signal: AbortSignal): Promise<BaseContents> {
  const files = await readRecords(base, signal);
  const textsOf = (record: RegExp) =>
    [...files].filter(([path]) => record.test(path)).map(([, content]) => content);
  // Distroless images have one file for each package, with its checksums beside it.
  const dpkg = [...files].filter(([path]) => dpkgRecord.test(path) && !path.endsWith('.md5sums'));
  const apk = textsOf(apkRecord);
  const variable = base.config.config?.Env?.find((line) => line.startsWith('NODE_VERSION='));
  const found = {
    packageType: dpkg.length > 0 ? ('deb' as const) : ('apk' as const),
    system: parseSystem(textsOf(systemRecord)),
    nodeVersion: variable?.slice('NODE_VERSION='.length) ?? parseNodeHeader(textsOf(nodeHeader)),
  };
  if (dpkg.length > 0) return { ...found, packages: dpkg.flatMap(([, content]) => parseDpkg(content)) };
  return { ...found, packages: apk.length > 0 ? apk.flatMap(parseApk) : undefined };
}

/** The newest text at each path. */
async function readRecords({ layers }: Image, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const layer of layers) {
    const deleted: string[] = [];
    const added: [path: string, content: string][] = [];
    for await (const { path, type, deletes, content } of readLayerEntries(layer, signal)) {
      if (deletes !== undefined) deleted.push(path);
      else if (type === 'file' && records.some((record) => record.test(path)))
        added.push([path, await text(content())]);
    }
    // A whiteout hides only what lower layers have.
    for (const path of files.keys()) {
      if (deleted.some((gone) => path === gone || path.startsWith(`${gone}/`))) files.delete(path);
    }
    for (const entry of added) files.set(...entry);
  }
  return files;
}

/** Source: deb-control(5), dpkg-query(1): what was removed may leave its configuration, and its entry. */
function parseDpkg(text: string): readonly SystemPackage[] {
  return parseParagraphs(text, ': ').flatMap((fields) => {
    const [name, version, status] = ['Package', 'Version', 'Status'].map((field) => fields.get(field));
    if (name === undefined || version === undefined) return [];
    if (status !== undefined && !status.endsWith(' installed')) return [];
    return [{ name, version, architecture: fields.get('Architecture') }];
  });
}

/** Source: apk-package(5), the installed database: `P:`, `V:` and `A:`. */
function parseApk(text: string): readonly SystemPackage[] {
  return parseParagraphs(text, ':').flatMap((fields) => {
    const [name, version] = [fields.get('P'), fields.get('V')];
    return name === undefined || version === undefined
      ? []
      : [{ name, version, architecture: fields.get('A') }];
  });
}

function parseParagraphs(text: string, separator: string): readonly ReadonlyMap<string, string>[] {
  return text.split(/\n\s*\n/).map((paragraph) => {
    const lines = paragraph.split('\n').filter((line) => /^[A-Za-z]/.test(line) && line.includes(separator));
    return new Map(
      lines.map((line) => {
        const at = line.indexOf(separator);
        return [line.slice(0, at), line.slice(at + separator.length).trim()];
      }),
    );
  });
}

/** Source: os-release(5). */
function parseSystem(texts: readonly string[]): BaseContents['system'] {
  const read = (name: string) =>
    new RegExp(`^${name}=["']?([^"'\n]+)["']?$`, 'm').exec(texts.join('\n'))?.[1];
  const name = read('ID');
  return name === undefined ? undefined : { name, version: read('VERSION_ID') };
}

function parseNodeHeader(texts: readonly string[]): string | undefined {
  const parts = ['MAJOR', 'MINOR', 'PATCH'].map(
    (part) => new RegExp(`^#define NODE_${part}_VERSION (\\d+)$`, 'm').exec(texts.join('\n'))?.[1],
  );
  return parts.includes(undefined) ? undefined : parts.join('.');
}
