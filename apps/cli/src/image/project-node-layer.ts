/** Finds the Node that an image from scratch gets: the project's own, of npm's packages for it, or the one that runs. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createNodeLayer, type LayerSource, type NodeLayerOptions } from '@optml/image';

/** A layer, and the version of the Node in it where its package says so. */
export interface ProjectNodeLayer {
  readonly layer: LayerSource;
  readonly version: string | undefined;
}

/** @throws ImageError `BUILD_INVALID` when no Node for the platform is there. */
export async function createProjectNodeLayer(
  folder: string,
  options: Omit<NodeLayerOptions, 'nodeFile'>,
): Promise<ProjectNodeLayer> {
  const { platform } = options;
  const cpu = platform.architecture === 'amd64' ? 'x64' : platform.architecture;
  let failure: unknown;
  for (const candidate of [...listCandidates(folder, `node-linux-${cpu}`), process.execPath]) {
    if (!existsSync(candidate)) continue;
    try {
      const layer = await createNodeLayer({ ...options, nodeFile: candidate });
      return { layer, version: await readVersion(candidate) };
    } catch (error) {
      // Of several that do not do, the one that the project chose is told about.
      failure ??= error;
    }
  }
  throw failure;
}

/** A Node for another processor cannot be asked. */
async function readVersion(nodeFile: string): Promise<string | undefined> {
  if (nodeFile === process.execPath) return process.versions.node;
  const manifest = await readFile(join(dirname(nodeFile), '../package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version?: string }).version;
}

function* listCandidates(start: string, packageName: string): Generator<string> {
  for (let folder = start; ; folder = dirname(folder)) {
    for (const name of [packageName, 'node']) yield join(folder, 'node_modules', name, 'bin', 'node');
    if (folder === dirname(folder)) return;
  }
}
