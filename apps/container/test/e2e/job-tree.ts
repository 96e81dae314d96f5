/** The tree that the platform lays under /opt/ml, as a folder of this machine with a mount for each part. */

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

const iris = fileURLToPath(new URL('../../data/iris', import.meta.url));

const trees: string[] = [];

afterEach(async () => {
  // Containers write as root: only root, or the engine, may remove it all.
  for (const tree of trees.splice(0)) await rm(tree, { recursive: true });
});

/** The three shapes in which the platform has been seen to write `resourceconfig.json`. */
export const resourceConfigs = {
  'of 2020, as documented': {
    current_host: 'algo-1',
    hosts: ['algo-1'],
    network_interface_name: 'eth0',
  },
  'of 2025, with groups and a null topology': {
    current_host: 'algo-1',
    current_instance_type: 'ml.c5.xlarge',
    current_group_name: 'homogeneousCluster',
    hosts: ['algo-1'],
    instance_groups: [
      { instance_group_name: 'homogeneousCluster', instance_type: 'ml.c5.xlarge', hosts: ['algo-1'] },
    ],
    network_interface_name: 'eth0',
    topology: null,
  },
  'of a heterogeneous cluster': {
    current_host: 'algo-1',
    current_instance_type: 'ml.p3dn.24xlarge',
    current_group_name: 'instance_group_2',
    hosts: ['algo-1', 'algo-2', 'algo-3'],
    instance_groups: [
      {
        instance_group_name: 'instance_group_1',
        instance_type: 'ml.c5.18xlarge',
        hosts: ['algo-2'],
      },
      {
        instance_group_name: 'instance_group_2',
        instance_type: 'ml.p3dn.24xlarge',
        hosts: ['algo-3', 'algo-1'],
      },
    ],
    network_interface_name: 'eth0',
  },
};

export interface JobTreeOptions {
  readonly hyperparameters?: Readonly<Record<string, string>>;
  readonly resourceConfig?: object;
}

export interface JobTree {
  readonly root: string;
  /** Options of `docker run` that mount the parts as the platform does. */
  readonly mounts: readonly string[];
  read(path: string): Promise<string>;
}

/** Makes a tree with the Iris data in both channels. */
export async function makeJobTree(options: JobTreeOptions = {}): Promise<JobTree> {
  const { hyperparameters = { max_depth: '"4"' } } = options;
  const { resourceConfig = resourceConfigs['of 2025, with groups and a null topology'] } = options;
  const root = await mkdtemp(join(tmpdir(), 'optml-e2e-job-'));
  trees.push(root);
  const folders = ['input/config', 'input/data', 'model', 'output/data', 'checkpoints'];
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await cp(iris, join(root, 'input/data'), { recursive: true });
  // As the platform does: a regular file beside each channel.
  await writeFile(join(root, 'input/data/training-manifest'), 's3://bucket/iris/\n');
  const channel = {
    TrainingInputMode: 'File',
    S3DistributionType: 'FullyReplicated',
    RecordWrapperType: 'None',
  };
  const configs = {
    hyperparameters,
    inputdataconfig: { training: { ...channel, ContentType: 'text/csv' }, validation: channel },
    resourceconfig: resourceConfig,
    checkpointconfig: { LocalPath: '/opt/ml/checkpoints' },
  };
  for (const [name, content] of Object.entries(configs))
    await writeFile(join(root, `input/config/${name}.json`), JSON.stringify(content));
  const parts = ['input', 'model', 'output', 'checkpoints'];
  return {
    root,
    mounts: parts.flatMap((part) => ['--volume', `${join(root, part)}:/opt/ml/${part}`]),
    read: (path) => readFile(join(root, path), 'utf8'),
  };
}
