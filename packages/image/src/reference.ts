/** Names of images: `registry/name:tag` as Docker reads them, and the other places an image can come from. */

import { isDigest } from './digest.ts';
import { ImageError } from './errors.ts';

/** An image in a registry. */
export interface ImageReference {
  /** With its port, as in `registry.example.com:5000`. */
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Where an image is. */
export type ImageLocation =
  | ({ readonly kind: 'registry' } & ImageReference)
  | { readonly kind: 'oci'; readonly path: string; readonly name?: string }
  | { readonly kind: 'docker'; readonly path: string; readonly name?: string }
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
    throw invalid(text, `"${tag}" is no tag: letters, digits and _.- are allowed, 128 at most`);
  }
  if (!hostPattern.test(host)) throw invalid(text, `"${host}" is no host`);
  if (repository.length > 255 || !repository.split('/').every((part) => component.test(part))) {
    throw invalid(
      text,
      `"${repository}" is no repository name: lower-case letters and digits, joined by . _ - and /`,
    );
  }
  const onHub = host === dockerHub && !repository.includes('/');
  return {
    host,
    repository: onHub ? `library/${repository}` : repository,
    ...(tag === undefined && digest === undefined ? { tag: 'latest' } : tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
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
 * Reads where an image is: `registry/name:tag`, `oci:FOLDER`, `oci:FOLDER:TAG`, `docker:FILE`, `docker:FILE:TAG`, or
 * `scratch`.
 *
 * @throws ImageError `REFERENCE_INVALID`
 */
export function parseImageLocation(text: string): ImageLocation {
  if (text === 'scratch') return { kind: 'scratch' };
  const match = /^(oci|docker):(?!\/\/)([\s\S]*)$/.exec(text);
  // `oci:5000/name` is a path too: a registry whose host is one of these words can be given with a domain.
  if (match === null) return { kind: 'registry', ...parseReference(text) };
  const [, kind, rest = ''] = match as unknown as [string, 'oci' | 'docker', string];
  const colon = rest.lastIndexOf(':');
  const named = colon > 0 && isTag(rest.slice(colon + 1));
  const path = named ? rest.slice(0, colon) : rest;
  if (path === '')
    throw invalid(
      text,
      `a path follows ${kind}:, as in ${kind === 'oci' ? 'oci:image' : 'docker:image.tar'}`,
    );
  return { kind, path, ...(named && { name: rest.slice(colon + 1) }) };
}

function invalid(text: string, why: string): ImageError {
  return new ImageError(
    'REFERENCE_INVALID',
    `"${text}" names no image: ${why}; write it as in registry.example.com/app:1`,
  );
}
