/** What the image is, before anything runs in it, and what it has learned when it was built. */

import { describeCapabilities } from '@optml/serve';
import { expect, test } from 'vitest';
import { runContainer, surroundings } from './containers.ts';
import { docker } from './docker.ts';
import { makeJobTree } from './job-tree.ts';

interface ImageConfig {
  readonly Size: number;
  readonly Config: {
    readonly Entrypoint: readonly string[] | null;
    readonly User: string;
    readonly Env: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  };
}

async function inspect(image: string): Promise<ImageConfig> {
  const [config] = JSON.parse(await docker('image', 'inspect', image)) as ImageConfig[];
  return config as ImageConfig;
}

const run = (script: string, ...options: readonly string[]) =>
  runContainer(['--network', 'none', '--entrypoint', '/bin/sh', ...options], ['-c', script]);

test('the image is started as SageMaker starts it: entry point in exec form, as root', async () => {
  const { Config } = await inspect(surroundings.image);

  expect(Config.Entrypoint).toEqual(['node', '/app/dist/main.js']);
  expect(Config.User).toBe('');
});

test('the image is less than 80 MB above its base', async () => {
  const [image, base] = await Promise.all([inspect(surroundings.image), inspect(surroundings.baseImage)]);

  expect(image.Size - base.Size).toBeGreaterThan(1e6);
  expect(image.Size - base.Size).toBeLessThan(80e6);
});

test('the labels are those of the predictor, and say what the image is', async () => {
  const { Labels } = (await inspect(surroundings.image)).Config;

  const capabilities = Object.entries(Labels).filter(([name]) => name.startsWith('com.amazonaws.sagemaker.'));
  const predictor = new URL('../../dist/predictor.js', import.meta.url);
  expect(Object.fromEntries(capabilities)).toEqual(await describeCapabilities(predictor));
  expect(Labels).toMatchObject({
    'org.opencontainers.image.title': 'optml-iris',
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.base.name': surroundings.baseImage,
    'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}$/),
  });
});

test('anybody may read and nobody but root may write what the image adds', async () => {
  const find = (test: string) => `find /app /usr/local/bin/train /usr/local/bin/serve ${test}`;
  const closed = '\\( -type d ! -perm -005 -o -type f ! -perm -004 -o -perm -002 -o ! -user 0 \\)';

  const { exitCode, output } = await run(`${find('-type f')} | wc -l; ${find(closed)}`, '--user', '1000');

  expect(exitCode).toBe(0);
  expect(output).toMatch(/^\d{2,}\n$/);
});

test('the application is a bundle with source maps, without sources, tests or packages', async () => {
  const { output } = await run('find /app -type f ! -path "/app/compile-cache/*"');

  const files = output.trim().split('\n');
  expect(files).toEqual(expect.arrayContaining(['/app/dist/main.js', '/app/dist/main.js.map']));
  expect(
    files.filter((file) => !/^\/app\/(LICENSE|package\.json|dist\/[\w-]+\.js(\.map)?)$/.test(file)),
  ).toEqual([]);
});

test('the base is left as it was', async () => {
  const list = 'find / -xdev -type f ! -path "/proc/*" ! -path "/sys/*" ! -path "/app/*" | sort';

  const [own, base] = await Promise.all(
    [surroundings.image, surroundings.baseImage].map((image) =>
      runContainer(['--network', 'none', '--entrypoint', '/bin/sh'], ['-c', list], image),
    ),
  );

  const known = new Set(base?.output.split('\n'));
  const added = own?.output.split('\n').filter((file) => !known.has(file));
  expect(added).toEqual(['/usr/local/bin/serve', '/usr/local/bin/train']);
});

test('a start reads what V8 compiled when the image was built, from a file system that it cannot write', async () => {
  const { mounts } = await makeJobTree();
  const options = ['--network', 'none', '--read-only', '--env', 'NODE_DEBUG_NATIVE=COMPILE_CACHE'];

  const { exitCode, output } = await runContainer([...options, ...mounts], ['train']);

  const looks = output.split('\n').filter((line) => line.includes('reading cache from /app/compile-cache/'));
  const hits = looks.filter((line) => line.includes('success, size='));
  expect(exitCode).toBe(0);
  for (const module of ['main', 'training-child', 'train'])
    expect(
      hits.some((line) => line.includes(`file:///app/dist/${module}.js...`)),
      module,
    ).toBe(true);
  // Only what is loaded once `run` has begun is not there.
  expect(hits.length).toBeGreaterThan(20);
  expect(looks.length - hits.length).toBeLessThanOrEqual(2);
  expect(output).not.toContain('was rejected');
});

test('an image that is started without a command says what it expects', async () => {
  const { exitCode, output } = await runContainer(['--network', 'none'], []);

  expect(exitCode).toBe(2);
  expect(output).toContain('no command: expected train or serve');
});
