/** The packages as they would be published, and projects that get them from files instead of a registry. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './run-program.ts';

const workspace = fileURLToPath(new URL('../../../../', import.meta.url));

/** The packed file of each package, by its name. */
export type PackedPackages = Readonly<Record<string, string>>;

/** Packs all of them, and `optml`, into `folder`. */
export async function packPackages(folder: string): Promise<PackedPackages> {
  await mkdir(folder, { recursive: true });
  const { packageManager } = JSON.parse(await readFile(join(workspace, 'package.json'), 'utf8'));
  const names = await readdir(join(workspace, 'packages'));
  const packed = [...names.map((name) => `packages/${name}`), 'apps/cli'].map(async (path) => {
    const { name } = JSON.parse(await readFile(join(workspace, path, 'package.json'), 'utf8'));
    const words = ['npx', '--yes', packageManager, 'pack', '--pack-destination', folder, '--json'];
    const { out } = await runProgram(join(workspace, path), words);
    const described = JSON.parse(out.slice(out.indexOf('{')));
    return [name, `file:${described.filename}`] as const;
  });
  return Object.fromEntries(await Promise.all(packed));
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Makes a package.json take the packed packages, those that its dependencies name included. */
export async function takePacked(folder: string, packed: PackedPackages): Promise<void> {
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
  const take = (versions: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(versions).map(([name, version]) => [name, packed[name] ?? version]));
  const { dependencies, devDependencies } = manifest;
  const own = { ...dependencies, ...devDependencies };
  const overrides = Object.entries(packed).map(([name, place]) => [name, name in own ? `$${name}` : place]);
  const changed = {
    ...manifest,
    dependencies: take(dependencies),
    devDependencies: take(devDependencies),
    overrides: Object.fromEntries(overrides),
    // The same for yarn, which knows no reference to another dependency.
    resolutions: packed,
  };
  await writeFile(file, JSON.stringify(changed, undefined, 2));
}
