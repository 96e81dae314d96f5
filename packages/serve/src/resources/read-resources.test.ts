import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readResources } from './read-resources.ts';

const mebibyte = 1024 ** 2;

/** Makes a tree below the roots that the options name. */
async function make(files: Readonly<Record<string, string>>) {
  const directory = await mkdtemp(join(tmpdir(), 'optml-resources-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return { cgroupRoot: join(directory, 'cgroup'), procRoot: join(directory, 'proc') };
}

test('version 2: the strictest limit of nested cgroups counts', async () => {
  const options = await make({
    'proc/self/cgroup': '0::/job/step\n',
    'cgroup/job/cpu.max': '150000 100000\n',
    'cgroup/job/step/memory.max': `${384 * mebibyte}\n`,
    'cgroup/memory.max': `${512 * mebibyte}\n`,
  });

  expect(await readResources(options)).toEqual({ cpuCount: 1, memoryBytes: 384 * mebibyte });
});

test('version 1: quota and period are two files', async () => {
  const options = await make({
    'proc/self/cgroup': '4:memory:/\n2:cpu,cpuacct:/\n',
    'cgroup/cpu/cpu.cfs_quota_us': '50000\n',
    'cgroup/cpu/cpu.cfs_period_us': '100000\n',
    'cgroup/memory/memory.limit_in_bytes': `${128 * mebibyte}\n`,
  });

  expect(await readResources(options)).toEqual({ cpuCount: 1, memoryBytes: 128 * mebibyte });
});

test('without limits the figures are those of the host', async () => {
  const options = await make({
    'proc/self/cgroup': '0::/\n',
    'cgroup/cpu.max': 'max 100000\n',
    'cgroup/memory.max': 'max\n',
  });

  expect(await readResources(options)).toEqual({ cpuCount: availableParallelism(), memoryBytes: totalmem() });
});
