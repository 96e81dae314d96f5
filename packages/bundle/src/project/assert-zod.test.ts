import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeProject, trainSource } from '../../test/make-project.ts';
import { bundleProject } from '../bundle/bundle-project.ts';
import { findProject } from './find-project.ts';

test.each(['3.25.76', '3.0.0', '1.11.17'])(
  'a project with zod %s is told to install zod 4',
  async (version) => {
    const folder = await makeProject({ 'src/train.ts': trainSource });
    const zod = join(folder, 'node_modules/zod');
    await rm(zod);
    await mkdir(zod);
    await writeFile(join(zod, 'package.json'), JSON.stringify({ name: 'zod', version }));

    const bundling = bundleProject(await findProject(folder), { outputDirectory: join(folder, 'out') });

    await expect(bundling).rejects.toMatchObject({
      code: 'DEPENDENCY_OLD',
      message: `${folder} has zod ${version}, and optml needs zod 4: run "npm install zod@4" in it, or the same with your package manager, and import it from "zod"`,
    });
  },
);
