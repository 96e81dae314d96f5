/** Projects of authors, with the workspace's own packages installed. */

import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTemplate, type TemplateName } from '../src/templates.ts';
import { makeFolder } from './run-optml.ts';

const own = fileURLToPath(new URL('../node_modules', import.meta.url));
const root = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** Where each of the packages is that a template may ask for. */
const places: Readonly<Record<string, string>> = {
  '@optml': join(own, '@optml'),
  zod: join(own, 'zod'),
  typescript: join(root, 'typescript'),
  '@types/node': join(root, '@types/node'),
};

/** Makes a project of a template that needs no package of others, with some packages installed; by default all. */
export async function makeProjectOf(
  template: TemplateName,
  packages: readonly string[] = Object.keys(places),
): Promise<string> {
  const folder = join(await makeFolder(), template);
  await cp(findTemplate(template), folder, { recursive: true });
  for (const name of packages) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(places[name] as string, link);
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: template, type: 'module' }));
  return folder;
}
