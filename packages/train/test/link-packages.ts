import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Code in the tree finds the packages of this workspace as it would find those of an image. */
export async function linkPackages(root: string): Promise<void> {
  const packages = new URL('../node_modules/', import.meta.url).pathname;
  await mkdir(join(root, 'code/node_modules/@optml'), { recursive: true });
  await symlink(new URL('..', import.meta.url).pathname, join(root, 'code/node_modules/@optml/train'));
  await symlink(join(packages, 'zod'), join(root, 'code/node_modules/zod'));
}
