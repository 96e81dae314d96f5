/** Projects of authors, with the workspace's own packages installed. */

import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTemplate, type TemplateName } from '../src/templates.ts';
import { makeFolder } from './run-optml.ts';

const packages = fileURLToPath(new URL('../node_modules', import.meta.url));

/** Makes a project of a template that needs no package of others. */
export async function makeProjectOf(template: TemplateName): Promise<string> {
  const folder = join(await makeFolder(), template);
  await cp(findTemplate(template), folder, { recursive: true });
  await symlink(packages, join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: template, type: 'module' }));
  return folder;
}
