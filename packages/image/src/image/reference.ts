/** Names of images: `registry/name:tag` as Docker reads them, and the other places an image can come from. */

import { access } from 'node:fs/promises';
import { ImageError } from '../errors.ts';
import { isDigest } from './digest.ts';

/** An image in a registry. */
export interface ImageReference {
  /** With its port, for example `registry.example.com:5000`. */
  readonly host: string;
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

/** Where an image is. */
export type ImageLocation =
  | ({ readonly kind: 'registry' } & ImageReference)
  | { readonly kind: 'oci' | 'docker'; readonly path: string }
  | { readonly kind: 'scratch' };

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const hostPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;

/** Tells whether a text can be a tag. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/**
 * Reads a reference as Docker does: without a host, the image is on Docker Hub, and without tag and digest the tag
 * is `latest`.
 *
 * @throws ImageError `REFERENCE_INVALID`
 */
export function parseReference(text: string): ImageReference {
  const [beforeDigest = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !isDigest(digest))) {
    throw invalid(text, 'what follows the @ must be sha256: and 64 hexadecimal digits');
  }
  const { host, path } = splitHost(beforeDigest);
  const colon = path.lastIndexOf(':');
  const tag = colon < 0 ? undefined : path.slice(colon + 1);
  const repository = colon < 0 ? path : path.slice(0, colon);
  if (tag !== undefined && !isTag(tag)) {
    throw invalid(text, `"${tag}" is not a valid tag: letters, digits and _.- are allowed, 128 at most`);
  }
  if (!hostPattern.test(host)) throw invalid(text, `"${host}" is not a valid host`);
  if (repository.length > 255 || !repository.split('/').every((part) => component.test(part))) {
    throw invalid(
      text,
      `"${repository}" is not a valid repository name: lower-case letters and digits, joined by . _ - and /`,
    );
  }
  const onHub = host === dockerHub && !repository.includes('/');
  return {
    host,
    repository: onHub ? `library/${repository}` : repository,
    tag: tag ?? (digest === undefined ? 'latest' : undefined),
    digest,
  };
}

/** Where Docker Hub's registry answers; `docker.io` is only its name. */
const dockerHub = 'registry-1.docker.io';

/** The first part is a host when it cannot be a part of a name, as Docker decides it. */
function splitHost(text: string): { readonly host: string; readonly path: string } {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  if (!/[.:]/.test(first) && first !== 'localhost') return { host: dockerHub, path: text };
  const isHub = first === 'docker.io' || first === 'index.docker.io';
  return { host: isHub ? dockerHub : first, path: text.slice(slash + 1) };
}

/** Writes a reference; the digest, where there is one, is what counts. */
export function formatReference({ host, repository, tag, digest }: ImageReference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/**
 * Reads where an image is: `registry/name:tag`, `oci:FOLDER`, `docker:FILE`, or `scratch`. A name may follow a path
 * behind a colon, as `readLayout` and `readArchive` take them.
 *
 * @throws ImageError `REFERENCE_INVALID`
 */
export function parseImageLocation(text: string): ImageLocation {
  if (text === 'scratch') return { kind: 'scratch' };
  const match = /^(oci|docker):(?!\/\/)([\s\S]*)$/.exec(text);
  if (match === null) {
    const meant = suggestLocation(text);
    if (meant !== undefined) throw invalid(text, `write it as ${meant}`);
    // `oci:5000/name` is a path too: a registry whose host is one of these words can be given with a domain.
    return { kind: 'registry', ...parseReference(text) };
  }
  const [, kind, path] = match as unknown as [string, 'oci' | 'docker', string];
  if (path !== '') return { kind, path };
  throw invalid(
    text,
    `write a path behind ${kind}:, for example ${kind === 'oci' ? 'oci:image' : 'docker:image.tar'}`,
  );
}

/** How other tools name what is written otherwise here. */
const otherNames: Readonly<Record<string, string>> = {
  'docker-archive': 'docker:',
  'oci-archive': 'docker:',
  'docker-daemon': 'daemon:',
  file: 'docker:',
};

/** A path, or the form of another tool, where a registry's name would be nonsense. */
function suggestLocation(text: string): string | undefined {
  const [, transport = '', rest = ''] = /^([a-z-]+):(?:\/\/)?(.*)$/s.exec(text) ?? [];
  if (transport in otherNames) return `${otherNames[transport]}${rest}`;
  if (text.startsWith('docker://')) return rest;
  const hasHost = /^[^/]*[.:][^/]*\//.test(text);
  if (!hasHost && /\.(?:tar|tgz|tar\.[a-z0-9]+)(?::|$)/.test(text)) return `docker:${text}`;
  return /^\.{0,2}\//.test(text)
    ? `oci:${text} for an OCI layout, or docker:${text} for an archive`
    : undefined;
}

/**
 * Splits what follows `oci:` or `docker:` into the path and the name of an image there: `image.tar:team/app:1`. The
 * path ends at the first colon before which something exists; where nothing does, or all of it, or a name is given
 * apart, all of it is the path.
 */
export async function splitImageName(
  text: string,
  given?: string,
): Promise<{ readonly path: string; readonly name?: string | undefined }> {
  if (given !== undefined || (await exists(text))) return { path: text, name: given };
  for (let colon = text.indexOf(':', 1); colon > 0; colon = text.indexOf(':', colon + 1)) {
    const path = text.slice(0, colon);
    if (await exists(path)) return { path, name: text.slice(colon + 1) };
  }
  return { path: text };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Finds those that `wanted` names among the names of images: by the full name as it stands, else by the full name as
 * Docker completes it, else by the tag alone.
 */
export function findNames(names: Iterable<string>, wanted: string): readonly string[] {
  const all = [...new Set(names)];
  const tests = [
    (name: string) => name === wanted,
    (name: string) => completeName(name) === completeName(wanted),
    (name: string) => /(?:^|:)([^/:]+)$/.exec(name)?.[1] === wanted,
  ];
  return tests.map((test) => all.filter(test)).find((found) => found.length > 0) ?? [];
}

/** What is not a name stays as it is. */
function completeName(name: string): string {
  try {
    return formatReference(parseReference(name));
  } catch {
    return name;
  }
}

function invalid(text: string, why: string): ImageError {
  return new ImageError('REFERENCE_INVALID', `"${text}" does not name an image: ${why}`);
}
