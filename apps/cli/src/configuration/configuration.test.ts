import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeFolder, runOptml } from '../../test/run-optml.ts';

const optml = fileURLToPath(new URL('../..', import.meta.url));

async function makeConfigured(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await makeFolder();
  await mkdir(join(folder, 'src'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(optml, join(folder, 'node_modules/optml'));
  const all = { 'package.json': '{"name": "wine", "type": "module"}', 'src/predictor.ts': '', ...files };
  for (const [path, text] of Object.entries(all)) await writeFile(join(folder, path), text);
  return folder;
}

const typed = `import { defineConfig } from 'optml/config';
export default defineConfig({
  image: { name: 'red-wine', base: 'from-file', environment: { GRAPE: 'merlot' } },
  server: {
    workers: 2,
    playground: false,
    batching: { maximumSize: 16, maximumDelayMs: 2 },
    openInference: { modelName: 'wine' },
  },
  registry: { repository: 'file/wine', regions: ['eu-west-1', 'us-east-1'] },
});
`;

/** Of some settings, the value and the origin. */
async function readSettings(folder: string, words: readonly string[], environment = {}) {
  const { code, out, err } = await runOptml(['config', '--json', ...words], {
    workingDirectory: folder,
    environment,
  });
  expect({ code, err }).toMatchObject({ code: 0 });
  const { settings } = JSON.parse(out).data as {
    settings: { name: string; value: unknown; origin: string }[];
  };
  return Object.fromEntries(settings.map(({ name, value, origin }) => [name, [value, origin]]));
}

test('a flag wins over a variable, that over the file, and that over the default', async () => {
  const folder = await makeConfigured({ 'optml.config.ts': typed });

  const settings = await readSettings(folder, ['--base', 'from-flag', '--tag', '1.0'], {
    OPTML_BASE: 'from-variable',
    OPTML_REPOSITORY: 'variable/wine',
    AWS_REGION: 'ap-south-1',
    SAGEMAKER_MODEL_SERVER_WORKERS: '4',
    OPTML_BATCHING_MAXIMUM_DELAY_MS: '7',
  });

  expect(settings).toMatchObject({
    'image.base': ['from-flag', '--base'],
    'image.name': ['red-wine', 'optml.config.ts'],
    'image.environment': [{ GRAPE: 'merlot' }, 'optml.config.ts'],
    'image.platform': ['linux/amd64', 'default'],
    'registry.repository': ['variable/wine', 'OPTML_REPOSITORY'],
    'registry.regions': [['ap-south-1'], 'AWS_REGION'],
    'registry.tags': [['1.0'], '--tag'],
    'server.workers': ['4', 'SAGEMAKER_MODEL_SERVER_WORKERS'],
    'server.playground': [false, 'optml.config.ts'],
    'server.batching.maximumSize': [16, 'optml.config.ts'],
    'server.batching.maximumDelayMs': ['7', 'OPTML_BATCHING_MAXIMUM_DELAY_MS'],
    'server.openInference.modelName': ['wine', 'optml.config.ts'],
    'server.openInference.modelVersion': [undefined, 'default'],
  });
});

test('package.json is the other place, and without either all is default', async () => {
  const [inManifest, none] = await Promise.all([
    makeConfigured({ 'package.json': '{"name": "wine", "optml": {"image": {"base": "scratch"}}}' }),
    makeConfigured({}),
  ]);

  expect((await readSettings(inManifest, []))['image.base']).toEqual(['scratch', 'package.json']);
  expect(await readSettings(none, [])).toMatchObject({
    'image.base': ['node:24-slim', 'default'],
    'image.name': ['wine', 'default'],
    'registry.repository': ['wine', 'default'],
  });
});

test.each([
  {
    title: 'both forms',
    files: { 'optml.config.ts': typed, 'package.json': '{"optml": {}}' },
    says: /is configured in optml\.config\.ts and in "optml" in package\.json: keep one of them/,
  },
  {
    title: 'an unknown key',
    files: { 'optml.config.ts': 'export default { sever: {} }' },
    says: /optml\.sever is not known \(did you mean "server"\?\): expected one of image, server, registry/,
  },
  {
    title: 'an unknown key deep inside',
    files: { 'package.json': '{"optml": {"image": {"files": [{"from": "a", "to": "/a", "mod": "0755"}]}}}' },
    says: /optml\.image\.files\[0\]\.mod is not known \(did you mean "mode"\?\)/,
  },
  {
    title: 'an unknown key of batching',
    files: { 'package.json': '{"optml": {"server": {"batching": {"maximumsize": 4}}}}' },
    says: /optml\.server\.batching\.maximumsize is not known \(did you mean "maximumSize"\?\): expected one of maximumSize, maximumDelayMs/,
  },
  {
    title: 'a protocol without a model',
    files: { 'package.json': '{"optml": {"server": {"openInference": {"modelVersion": "1"}}}}' },
    says: /optml\.server\.openInference\.modelName is missing: expected string$/m,
  },
  {
    title: 'several wrong values at once',
    files: { 'package.json': '{"optml": {"server": {"workers": 0}, "registry": {"accounts": ["1"]}}}' },
    says: /optml\.server\.workers is 0: expected .*; optml\.registry\.accounts\[0\] is "1": expected an account ID of 12 digits/,
  },
  {
    title: 'an unknown word',
    files: { 'package.json': '{"optml": {"server": {"isolation": "threds"}}}' },
    says: /optml\.server\.isolation is "threds": expected one of "worker"\|"process"\|"inline"$/m,
  },
  {
    title: 'a configuration that is a list',
    files: { 'package.json': '{"optml": []}' },
    says: /package\.json: optml is \[\]: expected object$/m,
  },
  {
    title: 'a package.json that is a list',
    files: { 'package.json': '[]' },
    says: /cannot read .*package\.json: it is \[\], not an object/,
  },
  {
    title: 'a file that throws',
    files: { 'optml.config.ts': "throw new Error('no grapes')" },
    says: /cannot load .*optml\.config\.ts: no grapes/,
  },
  {
    title: 'a file without a default export',
    files: { 'optml.config.mjs': 'export const config = {}' },
    says: /optml\.config\.mjs has no default export: write "export default defineConfig/,
  },
])('$title is refused', async ({ files, says }) => {
  const workingDirectory = await makeConfigured(files as Readonly<Record<string, string>>);

  const { code, out, err } = await runOptml(['config'], { workingDirectory });

  expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringMatching(says) });
});

test.each([
  [[], { OPTML_PLATFORM: 'windows/x86' }, 'image.platform (OPTML_PLATFORM): unknown platform "windows/x86"'],
  [['--base', 'a b'], {}, 'image.base (--base): '],
  [['--tag', '.v1'], {}, 'registry.tags (--tag): ".v1" is not a valid tag'],
  [[], { OPTML_ISOLATION: 'thread' }, 'server.isolation (OPTML_ISOLATION): '],
  [[], { SAGEMAKER_MODEL_SERVER_WORKERS: 'many' }, 'is "many": expected a whole number from 1 to 1024'],
])('%j with %j is refused by optml config, with its origin', async (words, environment, problem) => {
  const workingDirectory = await makeConfigured({});

  const [plain, json] = await Promise.all(
    [[], ['--json']].map((more) =>
      runOptml(['config', ...words, ...more], { workingDirectory, environment }),
    ),
  );

  expect(plain).toMatchObject({ code: 2, err: expect.stringContaining(problem) });
  expect(plain?.out).toContain('image.base');
  expect(JSON.parse(json?.out ?? '').error).toMatchObject({ code: 'CONFIG_INVALID' });
});

test('a value of the file that only the server understands is refused, too, and all at once', async () => {
  const workingDirectory = await makeConfigured({
    'package.json':
      '{"name": "wine", "optml": {"image": {"platform": "linux/vax"}, "server": {"defaultAccept": "text/csv, */*"}}}',
  });

  const { code, err } = await runOptml(['config'], { workingDirectory });

  expect(code).toBe(2);
  expect(err).toContain('image.platform (package.json): unknown platform "linux/vax"');
  expect(err).toContain('server.defaultAccept (package.json): ');
});

test('below the values stand the limits of a request in each hosting mode, and what fails there', async () => {
  const server = { timeoutSeconds: 600 };
  const workingDirectory = await makeConfigured({
    'package.json': JSON.stringify({ name: 'wine', type: 'module', optml: { server } }),
  });

  const { code, out } = await runOptml(['config'], { workingDirectory, environment: {} });

  expect(code).toBe(0);
  expect(out).toMatch(
    /\nhosting mode {5}body {5}answer within\nreal-time {8}25 MiB {3}600 s\n(?:.*\n)*batch transform {2}100 MiB {2}600 s\n/,
  );
  expect(out).toContain('real-time: the platform gives up after 60 s, before the container answers');
  expect(out).toContain(
    'asynchronous: bodies larger than 25 MiB are refused, and the platform sends up to 1024 MiB',
  );
});
