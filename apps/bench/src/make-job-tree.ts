/** Makes the tree of a job without channels, as the platform would. */

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes it in a new folder, and resolves to that folder. */
export async function makeJobTree(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'optml-bench-'));
  for (const folder of ['input/config', 'input/data', 'model', 'output/data', 'checkpoints']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  const files = {
    hyperparameters: {},
    inputdataconfig: {},
    resourceconfig: { current_host: 'algo-1', hosts: ['algo-1'], network_interface_name: 'eth0' },
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(root, 'input/config', `${name}.json`), JSON.stringify(content));
  }
  return root;
}
