/** `optml --version --json`: every version that a report of a bug should have. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { Context } from '../process/context.ts';
import { writeResult } from '../terminal/write-to.ts';

/** Packages of a project, besides all of `@optml`, that a bug may be in. */
const others = ['zod', 'typescript', 'esbuild', 'onnxruntime-node', 'sharp', '@tensorflow/tfjs-node'];

/** Prints one JSON object: optml, Node and what is in it, the system, and the packages of the current folder. */
export async function version({ workingDirectory, stdout, environment }: Context): Promise<void> {
  const { versions, platform, arch, report } = process;
  const { header } = report.getReport() as { readonly header: { readonly glibcVersionRuntime?: string } };
  const data = {
    optml: packageJson.version,
    node: versions.node,
    v8: versions.v8,
    zlib: versions.zlib,
    openssl: versions.openssl,
    platform: `${platform}/${arch}`,
    libc: header.glibcVersionRuntime === undefined ? undefined : `glibc ${header.glibcVersionRuntime}`,
    packageManager: environment.npm_config_user_agent,
    packages: await readInstalled(join(workingDirectory, 'node_modules')),
  };
  await writeResult(stdout, data);
}

async function readInstalled(folder: string): Promise<Readonly<Record<string, string>>> {
  const own = await readdir(join(folder, '@optml')).catch(() => []);
  const names = [...own.map((name) => `@optml/${name}`), ...others].sort();
  const found = await Promise.all(
    names.map(async (name) => {
      const manifest = await readFile(join(folder, name, 'package.json'), 'utf8').catch(() => undefined);
      if (manifest === undefined) return [];
      return [[name, String((JSON.parse(manifest) as { readonly version?: unknown }).version)] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}
