import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readMemoryUse } from './read-memory-use.ts';
import { readOomKills, readResources } from './read-resources.ts';

const mebibyte = 1024 ** 2;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optml-resources-'));
});

afterEach(() => rm(directory, { recursive: true }));

/** Makes a tree below the roots that the options name. */
async function make(files: Readonly<Record<string, string>>) {
  const all = { 'proc/meminfo': 'MemTotal:        8388608 kB\nMemFree: 1 kB\n', 'dev/null': '', ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  const under = (name: string) => join(directory, name);
  return { cgroupRoot: under('cgroup'), procRoot: under('proc'), devicesRoot: under('dev') };
}

test('version 2: the limits of the own cgroup are read', async () => {
  const options = await make({
    'proc/self/cgroup': '0::/\n',
    'cgroup/cpu.max': '150000 100000\n',
    'cgroup/memory.max': `${512 * mebibyte}\n`,
    'cgroup/memory.events': 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n',
  });

  expect(readResources(options)).toEqual({
    cpuCount: 1,
    memoryBytes: 512 * mebibyte,
    memoryLimited: true,
    gpuCount: 0,
    neuronCount: 0,
  });
  expect(readOomKills(options)).toBe(2);
});

test('version 2: of nested cgroups the strictest limit holds, and the own count of kills', async () => {
  const options = await make({
    'proc/self/cgroup': '0::/job/step\n',
    'cgroup/job/step/memory.max': `${384 * mebibyte}\n`,
    'cgroup/job/memory.max': `${256 * mebibyte}\n`,
    'cgroup/memory.max': `${512 * mebibyte}\n`,
    'cgroup/job/step/cpu.max': 'max 100000\n',
    'cgroup/job/cpu.max': '50000 100000\n',
    'cgroup/job/step/memory.events': 'oom_kill 1\n',
    'cgroup/job/memory.events': 'oom_kill 7\n',
  });

  expect(readResources(options)).toMatchObject({ cpuCount: 1, memoryBytes: 256 * mebibyte });
  expect(readOomKills(options)).toBe(1);
});

test("version 2: a path of the host's that is not mounted here, or outside of the namespace, leaves the mount", async () => {
  const options = await make({
    'proc/self/cgroup': '0::/../../docker/0123\n',
    'cgroup/memory.max': `${64 * mebibyte}\n`,
    'memory.max': '1\n',
  });

  expect(readResources(options)).toMatchObject({ memoryBytes: 64 * mebibyte });
});

test('version 2: "max" is not a limit', async () => {
  const options = await make({
    'proc/self/cgroup': '0::/\n',
    'cgroup/cpu.max': 'max 100000\n',
    'cgroup/memory.max': 'max\n',
  });

  expect(readResources(options)).toMatchObject({
    cpuCount: availableParallelism(),
    memoryBytes: 8192 * mebibyte,
    memoryLimited: false,
  });
});

test.each(['cpu,cpuacct', 'cpu'])('version 1: the limits are read where %s is mounted', async (mount) => {
  const options = await make({
    'proc/self/cgroup': '4:memory:/docker/01:23\n3:cpuset:/\n2:cpu,cpuacct:/docker/01:23\n1:name=systemd:/\n',
    [`cgroup/${mount}/docker/01:23/cpu.cfs_quota_us`]: '100000\n',
    [`cgroup/${mount}/docker/01:23/cpu.cfs_period_us`]: '100000\n',
    [`cgroup/${mount}/cpu.cfs_quota_us`]: '-1\n',
    [`cgroup/${mount}/cpu.cfs_period_us`]: '100000\n',
    'cgroup/memory/docker/01:23/memory.limit_in_bytes': `${128 * mebibyte}\n`,
    'cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    'cgroup/memory/docker/01:23/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 4\n',
  });

  expect(readResources(options)).toMatchObject({
    cpuCount: 1,
    memoryBytes: 128 * mebibyte,
    memoryLimited: true,
  });
  expect(readOomKills(options)).toBe(4);
});

test('version 1: the number that stands for no limit is not a limit', async () => {
  const options = await make({
    'proc/self/cgroup': '4:memory:/\n',
    'cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
  });

  expect(readResources(options)).toMatchObject({ memoryBytes: 8192 * mebibyte, memoryLimited: false });
});

test('a share of less than one CPU counts as one', async () => {
  const options = await make({ 'proc/self/cgroup': '0::/\n', 'cgroup/cpu.max': '1000 100000\n' });

  expect(readResources(options)).toMatchObject({ cpuCount: 1 });
});

test('a quota above the CPUs that there are does not add any', async () => {
  const options = await make({ 'proc/self/cgroup': '0::/\n', 'cgroup/cpu.max': '99900000 100000\n' });

  expect(readResources(options)).toMatchObject({ cpuCount: availableParallelism() });
});

test.each(['', 'no cgroup line', '0::', 'a:b:c:d'])(
  'memberships of "%s" leave the figures of the host',
  async (text) => {
    const options = await make({
      'proc/self/cgroup': text,
      'cgroup/cpu.max': 'rubbish',
      'cgroup/memory.max': '',
    });

    expect(readResources(options)).toMatchObject({
      memoryBytes: 8192 * mebibyte,
      memoryLimited: false,
    });
    expect(readOomKills(options)).toBeUndefined();
  },
);

test('without any file the figures are those of the operating system', async () => {
  const nowhere = join(directory, 'nowhere');

  const resources = readResources({ cgroupRoot: nowhere, procRoot: nowhere, devicesRoot: nowhere });

  expect(resources).toEqual({
    cpuCount: availableParallelism(),
    memoryBytes: totalmem(),
    memoryLimited: false,
    gpuCount: 0,
    neuronCount: 0,
  });
});

test('devices are counted by their names', async () => {
  const names = [
    'nvidia0',
    'nvidia1',
    'nvidia10',
    'nvidiactl',
    'nvidia-uvm',
    'neuron0',
    'neuron1',
    'neuron_x',
  ];
  const options = await make(Object.fromEntries(names.map((name) => [`dev/${name}`, ''])));

  expect(readResources(options)).toMatchObject({ gpuCount: 3, neuronCount: 2 });
});

test.each([
  ['void', 0],
  ['none', 0],
  ['all', 1],
])('NVIDIA_VISIBLE_DEVICES=%s leaves %i GPUs', async (value, gpuCount) => {
  const options = await make({ 'dev/nvidia0': '' });

  const resources = readResources({ ...options, environment: { NVIDIA_VISIBLE_DEVICES: value } });

  expect(resources).toMatchObject({ gpuCount });
});

test('this machine has at least one CPU and no more memory than the operating system says', async () => {
  const resources = readResources();

  expect(resources.cpuCount).toBeGreaterThanOrEqual(1);
  expect(resources.cpuCount).toBeLessThanOrEqual(availableParallelism());
  expect(resources.memoryBytes).toBeGreaterThan(0);
  expect(resources.memoryBytes).toBeLessThanOrEqual(totalmem());
});

test("this machine's count of kills is a whole number or unknown", async () => {
  const kills = readOomKills();

  expect(kills === undefined || (Number.isInteger(kills) && kills >= 0)).toBe(true);
});

test('memory in use is that of the limit with the least room, without the pages of files', async () => {
  const version2 = await make({
    'proc/self/cgroup': '0::/pod/own\n',
    'cgroup/pod/own/memory.max': 'max\n',
    'cgroup/pod/own/memory.current': `${100 * mebibyte}\n`,
    'cgroup/pod/memory.max': `${512 * mebibyte}\n`,
    'cgroup/pod/memory.current': `${400 * mebibyte}\n`,
    'cgroup/pod/memory.stat': `anon 1\ninactive_file ${30 * mebibyte}\nactive_file ${20 * mebibyte}\n`,
    'cgroup/pod/own/memory.stat': 'anon 1\n',
  });

  expect(readMemoryUse(version2)).toEqual({ limitBytes: 512 * mebibyte, usedBytes: 350 * mebibyte });
});

test('version 1: memory in use is without the files of all cgroups below', async () => {
  const options = await make({
    'proc/self/cgroup': '4:memory:/docker/own\n',
    'cgroup/memory/memory.limit_in_bytes': `${64 * mebibyte}\n`,
    'cgroup/memory/memory.usage_in_bytes': `${60 * mebibyte}\n`,
    'cgroup/memory/memory.stat': `active_file 1\ninactive_file 1\ntotal_active_file ${10 * mebibyte}\ntotal_inactive_file ${5 * mebibyte}\n`,
  });

  expect(readMemoryUse(options)).toEqual({ limitBytes: 64 * mebibyte, usedBytes: 45 * mebibyte });
});

test('without limits the memory in use is that of the host', async () => {
  const { limitBytes, usedBytes } = readMemoryUse(await make({}));

  expect(limitBytes).toBe(totalmem());
  expect(usedBytes).toBeGreaterThan(0);
  expect(usedBytes).toBeLessThan(limitBytes);
});
