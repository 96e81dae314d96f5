/** Reads an image's config, and refuses one that does not fit its manifest. */

import { ImageError } from '../errors.ts';
import { isDigest } from '../image/digest.ts';
import type { HistoryEntry, ImageConfig } from '../image/image.ts';
import type { Platform } from '../image/platform.ts';
import { isObject, parseJsonObject, quote } from './parse-json.ts';

/**
 * Reads the config of an image of `layerCount` layers, without the fields that are `null`.
 *
 * @throws ImageError `CONFIG_INVALID`
 */
export function parseImageConfig(bytes: Uint8Array, layerCount: number, where: string): ImageConfig {
  const document = parseJsonObject(bytes, 'CONFIG_INVALID', `the config of ${where}`);
  const complain = (what: string) => {
    throw new ImageError(
      'CONFIG_INVALID',
      `the config of ${where} is malformed: ${what}; build the image again`,
    );
  };
  for (const field of ['architecture', 'os'] as const) {
    if (typeof document[field] !== 'string') complain(`${field} is ${quote(document[field])}: expected text`);
  }
  const diffIds = isObject(document.rootfs) ? document.rootfs.diff_ids : undefined;
  if (!Array.isArray(diffIds) || !diffIds.every(isDigest)) {
    complain(`rootfs.diff_ids is ${quote(diffIds)}: expected a list of sha256 digests`);
  } else if (diffIds.length !== layerCount) {
    complain(`it has ${diffIds.length} diff_ids, but its manifest has ${layerCount} layers`);
  }
  const problem = findRunProblem(document.config);
  if (problem !== undefined) complain(problem);
  const { history } = document;
  if (history !== undefined && history !== null && !(Array.isArray(history) && history.every(isObject))) {
    complain(`history is ${quote(history)}: expected a list of objects`);
  }
  const config = isObject(document.config) ? withoutNulls(document.config) : null;
  return withoutNulls({ ...document, config }) as unknown as ImageConfig;
}

/** Go writes `null` for a list or map that nobody set: the same as no field. */
function withoutNulls(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/**
 * The steps that made a layer, one for each; none where the history says nothing or something else, which engines take
 * and which tells nothing about a layer.
 */
export function listLayerHistory({ history, rootfs }: ImageConfig): readonly HistoryEntry[] {
  const steps = (history ?? []).filter(({ empty_layer }) => empty_layer !== true);
  return steps.length === rootfs.diff_ids.length ? steps : [];
}

/** The platform that a config says it is for. */
export function platformOf({ os, architecture, variant }: ImageConfig): Platform {
  return { os, architecture, variant: variant || undefined };
}

function findRunProblem(run: unknown): string | undefined {
  if (run === undefined || run === null) return undefined;
  if (!isObject(run)) return `config is ${quote(run)}: expected an object`;
  for (const field of ['Env', 'Entrypoint', 'Cmd']) {
    const value = run[field];
    if (value === undefined || value === null) continue;
    if (!(Array.isArray(value) && value.every((word) => typeof word === 'string')))
      return `config.${field} is ${quote(value)}: expected a list of strings`;
  }
  const { Labels: labels } = run;
  if (labels === undefined || labels === null) return undefined;
  if (isObject(labels) && Object.values(labels).every((label) => typeof label === 'string')) return undefined;
  return `config.Labels is ${quote(labels)}: expected strings by name`;
}
