/** The address of the repository stands once, in the package.json of the root: what is packed gets it from there. */

import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../package.json', import.meta.url));

export const hooks = {
  beforePacking(manifest, folder) {
    const { repository: url } = JSON.parse(readFileSync(root, 'utf8'));
    if (url === undefined) return manifest;
    return { ...manifest, repository: { type: 'git', url, directory: relative(dirname(root), folder) } };
  },
};
