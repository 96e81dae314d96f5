/** Makes a tree as the platform does, for tests. */

import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface JobTree {
  readonly root: string;
  readonly failure: () => Promise<string>;
  readonly model: (name: string) => Promise<string>;
}

export interface JobTreeOptions {
  readonly hyperparameters?: Readonly<Record<string, string>> | undefined;
  readonly inputDataConfig?: Readonly<Record<string, object>> | undefined;
  /** File contents by their path below `input/data`. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** File contents by their path below `code`. */
  readonly code?: Readonly<Record<string, string>> | undefined;
}

export async function makeJobTree(options: JobTreeOptions = {}): Promise<JobTree> {
  const { hyperparameters = {}, inputDataConfig = {}, files = {}, code = {} } = options;
  const root = await mkdtemp(join(tmpdir(), 'optml-job-'));
  const write = async (path: string, content: string) => {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  };
  await write('input/config/hyperparameters.json', JSON.stringify(hyperparameters));
  await write('input/config/inputdataconfig.json', JSON.stringify(inputDataConfig));
  await write(
    'input/config/resourceconfig.json',
    JSON.stringify({
      current_host: 'algo-1',
      hosts: ['algo-1'],
      network_interface_name: 'eth0',
      topology: null,
    }),
  );
  await mkdir(join(root, 'model'));
  await mkdir(join(root, 'output/data'), { recursive: true });
  for (const [path, content] of Object.entries(files)) await write(join('input/data', path), content);
  for (const [path, content] of Object.entries(code)) await write(join('code', path), content);
  return {
    root,
    failure: () => readFile(join(root, 'output/failure'), 'utf8'),
    model: (name) => readFile(join(root, 'model', name), 'utf8'),
  };
}
