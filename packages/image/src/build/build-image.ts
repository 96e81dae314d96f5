/** Puts an image together: the layers of a base, layers of files, and the config to run them with. */

import { ImageError } from '../errors.ts';
import type { HistoryEntry, Image, ImageConfig, Layer, LayerKind, RunConfig } from '../image/image.ts';
import type { Platform } from '../image/platform.ts';
import { defaultLayerDirectory } from '../layers/compress-layer.ts';
import { createLayer } from '../layers/create-layer.ts';
import type { LayerEntry } from '../layers/layer-entry.ts';
import { listLayerHistory } from '../sources/parse-image-config.ts';
import { assertPlatform } from '../sources/read-stored-image.ts';
import { type CollectOptions, collectFiles, type FileSource } from './collect-files.ts';
import { createOutputFilter } from './output-filter.ts';
import { type Below, placeEntries } from './place-entries.ts';
import { readBaseTree } from './read-base-tree.ts';

/** One layer to make. */
export interface LayerSource {
  readonly kind: LayerKind;
  readonly files: readonly FileSource[];
  /** Files that are not on this machine. */
  readonly entries?: readonly LayerEntry[] | undefined;
  /** As history shows it; default: what was copied where. */
  readonly createdBy?: string | undefined;
}

/** The config of the new image, on top of the base's: what is left out stays as the base has it. */
export interface RunOptions {
  readonly entrypoint?: readonly string[] | undefined;
  /** Given an entry point and no command, the base's command is dropped, as Docker does. */
  readonly command?: readonly string[] | undefined;
  /** Added to the base's, by name. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Added to the base's. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly workingDirectory?: string | undefined;
  readonly user?: string | undefined;
  /** As `8080` or `8080/tcp`. */
  readonly exposedPorts?: readonly string[] | undefined;
}

/** What `buildImage` needs to know. */
export interface BuildOptions extends CollectOptions {
  /** Absent for an image from scratch. */
  readonly base?: Image | undefined;
  readonly platform: Platform;
  /** From the bottom up; one without files makes no layer, and of a file that several name the lowest has it. */
  readonly layers: readonly LayerSource[];
  readonly run?: RunOptions | undefined;
  /** Seconds since 1970 of everything that was made, files included; default 0, so that the time of the build changes nothing. */
  readonly createdSeconds?: number | undefined;
  /**
   * A folder for compressed layers and what is known of layers; it may be kept, and then saves compressing and reading
   * them again. Never copied into the image. Default `.optml/layers` in the current folder.
   */
  readonly layerDirectory?: string | undefined;
  /** Files and folders that the image will be written to; never copied into it. */
  readonly outputs?: readonly string[] | undefined;
  /** Called with the number of layers of the base that are to be read for its links; each is read once. */
  readonly onReadBase?: ((layers: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds an image. The same base, files and options give the same config and layers, byte for byte, on every
 * machine and at any time. Nothing is compressed before a sink asks for it.
 *
 * @throws ImageError `BUILD_INVALID`, `PLATFORM_MISSING`, `LAYER_PATH_UNSAFE`, `FILE_UNREADABLE`, `FILE_CHANGED`
 */
export async function buildImage(options: BuildOptions): Promise<Image> {
  const { base, platform, createdSeconds = 0, signal, outputs = [] } = options;
  const { layerDirectory = defaultLayerDirectory } = options;
  if (base !== undefined) assertPlatform(base.config, platform, 'the base');
  const created = formatTime(createdSeconds);
  const isOutput = await createOutputFilter([layerDirectory, ...outputs]);
  const isLeftOut: CollectOptions['isLeftOut'] = async (file, type) =>
    (await isOutput(file)) || (await options.isLeftOut?.(file, type)) === true;
  const layers: Layer[] = [];
  const below: Below = { files: new Map(), tree: await readBaseTree(base, options) };
  for (const source of options.layers) {
    signal?.throwIfAborted();
    const layer = await makeLayer(source, { created, below }, { ...options, isLeftOut });
    if (layer !== undefined) layers.push(layer);
  }
  const config = composeConfig(options, layers, created);
  return {
    platform,
    config,
    configBytes: new TextEncoder().encode(JSON.stringify(config)),
    layers: [...(base?.layers ?? []), ...layers],
  };
}

function formatTime(seconds: number): string {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 0o77777777777) {
    throw new ImageError('BUILD_INVALID', `the time ${seconds} is not a whole number of seconds since 1970`);
  }
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

async function makeLayer(
  { kind, files, entries = [], createdBy }: LayerSource,
  { created, below }: { readonly created: string; readonly below: Below },
  { createdSeconds = 0, layerDirectory = defaultLayerDirectory, signal, ...collect }: BuildOptions,
): Promise<Layer | undefined> {
  const found = [...(await collectFiles(files, collect)), ...entries];
  const placed = placeEntries(found, below);
  if (placed.length === 0) return undefined;
  for (const entry of placed) below.files.set(entry.path, entry);
  await below.tree.addLayer(placed);
  const history = { created, created_by: createdBy ?? describe(files), comment: `optml: ${kind}` };
  return createLayer(placed, { kind, history, mtime: createdSeconds, layerDirectory, signal });
}

/** Names targets only: where the sources were on this machine differs between clones. */
function describe(files: readonly FileSource[]): string {
  return `COPY ${[...new Set(files.map(({ to }) => to))].join(' ')}`;
}

/** The fields stand in one order, and those of the base that are not known here are kept. */
function composeConfig(
  { base, platform, run = {} }: BuildOptions,
  layers: readonly Layer[],
  created: string,
): ImageConfig {
  const based: Partial<ImageConfig> = base?.config ?? {};
  const { history = [], rootfs: _, config: baseRun, created: __, ...others } = based;
  const steps: HistoryEntry[] = [
    // Without a history that fits, each layer of the base gets an entry: some readers refuse an image otherwise.
    ...(base === undefined || listLayerHistory(base.config).length > 0
      ? history
      : base.layers.map(() => ({ created_by: 'base' }))),
    ...layers.map((layer) => layer.history),
    ...describeRun(run, created),
  ];
  const diffIds = [...(base?.layers ?? []), ...layers].map(({ diffId }) => diffId);
  return {
    ...others,
    ...platform,
    variant: platform.variant ?? others.variant,
    created,
    config: composeRun(baseRun ?? {}, run),
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: steps,
  };
}

function describeRun(run: RunOptions, created: string): readonly HistoryEntry[] {
  const set = Object.entries(run).filter(([, value]) => value !== undefined);
  if (set.length === 0) return [];
  const created_by = `set ${set.map(([name]) => name).join(', ')}`;
  return [{ created, created_by, comment: 'optml: config', empty_layer: true }];
}

function composeRun(base: RunConfig, run: RunOptions): RunConfig {
  const command = run.command ?? (run.entrypoint === undefined ? base.Cmd : undefined);
  const { Cmd: _, ...others } = base;
  return {
    ...others,
    User: run.user ?? base.User,
    ExposedPorts: run.exposedPorts
      ? { ...base.ExposedPorts, ...toPorts(run.exposedPorts) }
      : base.ExposedPorts,
    Env: mergeEnvironment(base.Env ?? [], run.environment ?? {}),
    Entrypoint: run.entrypoint ?? base.Entrypoint,
    Cmd: command,
    WorkingDir: run.workingDirectory ?? base.WorkingDir,
    Labels: run.labels ? sortByName({ ...base.Labels, ...run.labels }) : base.Labels,
  };
}

/** What Docker sets where the base does not. */
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function mergeEnvironment(
  base: readonly string[],
  added: Readonly<Record<string, string>>,
): readonly string[] {
  const byName = new Map(base.map((line) => [line.split('=', 1)[0] as string, line]));
  if (!byName.has('PATH')) byName.set('PATH', defaultPath);
  for (const [name, value] of Object.entries(added)) {
    if (name === '' || name.includes('=') || `${name}${value}`.includes('\0')) {
      throw new ImageError(
        'BUILD_INVALID',
        `${JSON.stringify(name)} is not a valid environment variable: rename it`,
      );
    }
    byName.set(name, `${name}=${value}`);
  }
  return [...byName.values()];
}

function toPorts(ports: readonly string[]): Readonly<Record<string, Record<string, never>>> {
  return Object.fromEntries(ports.map((port) => [port.includes('/') ? port : `${port}/tcp`, {}]));
}

function sortByName(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
  );
}
