import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeFolder, runOptml } from '../../test/run-optml.ts';
import { loadConfig } from './load-config.ts';

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
    sessions: { expirySeconds: 60 },
    drain: { silenceMs: 100 },
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
    'server.sessions.expirySeconds': [60, 'optml.config.ts'],
    'server.sessions.isEnabled': [undefined, 'default'],
    'server.workerConnections': [64, 'default'],
    'server.drain.graceMs': [2_000, 'default'],
    'server.drain.silenceMs': [100, 'optml.config.ts'],
  });
});

test('package.json is the other place, and without either all is default', async () => {
  const [promised, inManifest, none] = await Promise.all([
    makeConfigured({ 'optml.config.ts': "export default Promise.resolve({ image: { base: 'scratch' } })" }),
    makeConfigured({ 'package.json': '{"name": "wine", "optml": {"image": {"base": "scratch"}}}' }),
    makeConfigured({}),
  ]);

  expect((await readSettings(promised, []))['image.base']).toEqual(['scratch', 'optml.config.ts']);
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
    title: 'a member that throws',
    files: { 'optml.config.ts': "export default { image: { get name() { throw new Error('no git'); } } }" },
    says: /cannot load .*optml\.config\.ts: no git\n$/,
  },
  {
    title: 'a function',
    files: { 'optml.config.ts': 'export default () => ({})' },
    says: /optml\.config\.ts exports a function and not an object: write "export default defineConfig/,
  },
  {
    title: 'a promise inside',
    files: { 'optml.config.ts': 'export default { server: Promise.resolve({ workers: 1 }) }' },
    says: /optml\.config\.ts: optml\.server is a promise: await it\n$/,
  },
  {
    title: 'a map inside',
    files: { 'optml.config.ts': 'export default { image: { environment: new Map() } }' },
    says: /optml\.config\.ts: optml\.image\.environment is .*: expected a plain object\n$/,
  },
  {
    title: 'a call of process.exit',
    files: { 'optml.config.ts': 'process.exit(3); export default {}' },
    says: /cannot load .*optml\.config\.ts: it calls process\.exit\(3\): a configuration may only say what it is\n$/,
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
    title: 'values of wrong types',
    files: {
      'package.json':
        '{"optml": {"server": {"timeoutSeconds": 1.5, "maximumBodyBytes": "5MB", "metrics": "yes", "defaultAccept": ""}, "registry": {"tags": []}, "image": {"labels": []}}}',
    },
    says: new RegExp(
      [
        /optml\.image\.labels is \[\]: expected an object of texts, for example \{ "NAME": "text" \}/,
        /optml\.server\.timeoutSeconds is 1\.5: expected a whole number from 1 to 3600/,
        /optml\.server\.maximumBodyBytes is "5MB": expected a number of bytes, for example 26214400/,
        /optml\.server\.defaultAccept is "": expected a text that is not empty/,
        /optml\.server\.metrics is "yes": expected true or false/,
        /optml\.registry\.tags is \[\]: expected a list of texts, for example \["a"\]$/,
      ]
        .map(({ source }) => source)
        .join('; '),
      'm',
    ),
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
    title: 'a file that throws no error',
    files: { 'optml.config.ts': 'throw undefined' },
    says: /cannot load .*optml\.config\.ts: it throws undefined$/m,
  },
  {
    title: 'a promise that rejects',
    files: { 'optml.config.ts': "export default Promise.reject(new Error('no grapes'))" },
    says: /cannot load .*optml\.config\.ts: no grapes/,
  },
  {
    title: 'a file that imports what is not there',
    files: { 'optml.config.ts': "import 'grapes'; export default {}" },
    says: /cannot load .*optml\.config\.ts: .*'grapes'.*: install it, or correct the import$/m,
  },
  {
    title: 'a file of another form',
    files: { 'optml.config.json': '{}' },
    says: /optml\.config\.json cannot be a configuration: write optml\.config\.ts, or "optml" in package\.json/,
  },
  {
    title: 'a function',
    files: { 'optml.config.ts': 'export default () => ({})' },
    says: /optml\.config\.ts exports a function and not an object: write "export default defineConfig/,
  },
  {
    title: 'null',
    files: { 'optml.config.ts': 'export default null' },
    says: /optml\.config\.ts exports null and not an object/,
  },
  {
    title: 'a class',
    files: { 'optml.config.ts': 'export default new (class { server = 5 })()' },
    says: /optml\.config\.ts exports \{"server":5\} and not an object/,
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
  [[], { OPTML_ISOLATION: 'thread' }, 'server.isolation (OPTML_ISOLATION) is "thread": expected one of '],
  [[], { SAGEMAKER_MODEL_SERVER_WORKERS: '1e3' }, 'is "1e3": expected a whole number from 1 to 1024'],
  [[], { MAX_CONTENT_LENGTH: '5MB' }, 'is "5MB": expected a number of bytes, for example 26214400'],
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
  expect(err).toContain('server.defaultAccept (package.json) is "text/csv, */*": expected one media type');
  expect(err).not.toContain('SAGEMAKER_');
});

test('below the values stand the limits of each hosting mode, and what fails there, by where it is set', async () => {
  const server = { timeoutSeconds: 600, maximumBodyBytes: 1_500_000 };
  const workingDirectory = await makeConfigured({
    'package.json': JSON.stringify({ name: 'wine', type: 'module', optml: { server } }),
  });

  const environment = { OPTML_STREAM_TIMEOUT_SECONDS: '600' };
  const [{ code, out }, { out: none }] = await Promise.all([
    runOptml(['config'], { workingDirectory, environment }),
    runOptml(['config'], { workingDirectory: await makeConfigured({}) }),
  ]);

  expect(code).toBe(0);
  expect(out.slice(out.indexOf('\nhosting mode'))).toMatchInlineSnapshot(`
    "
    hosting mode             body      time
    real-time                1.43 MiB  600 s
    response streaming       1.43 MiB  600 s
    bidirectional streaming  1.43 MiB  1800 s
    multi-model              1.43 MiB  600 s
    serverless               1.43 MiB  600 s
    asynchronous             1.43 MiB  600 s
    batch transform          1.43 MiB  600 s
    real-time, response streaming, multi-model: bodies larger than 1.43 MiB are refused, and the platform sends up to 25 MiB: set server.maximumBodyBytes (package.json) to 26214400
    real-time, multi-model, serverless: the platform gives up after 60 s, before the container answers with a reason at 600 s: set server.timeoutSeconds (package.json) to 55
    response streaming: the platform gives up after 480 s, before the container answers with a reason at 600 s: set OPTML_STREAM_TIMEOUT_SECONDS to 480
    serverless: bodies larger than 1.43 MiB are refused, and the platform sends up to 4 MiB: set server.maximumBodyBytes (package.json) to 4194304
    asynchronous: bodies larger than 1.43 MiB are refused, and the platform sends up to 1024 MiB: set server.maximumBodyBytes (package.json) to 1073741824
    asynchronous, batch transform: the container gives up after 600 s, and the platform waits up to 3600 s: set server.timeoutSeconds (package.json) to 3595
    batch transform: bodies larger than 1.43 MiB are refused, and the platform sends up to 100 MiB: set server.maximumBodyBytes (package.json) to 104857600
    "
  `);
  expect(none).toContain('to 1024 MiB: set server.hosting or OPTML_HOSTING to asynchronous');
});

test('a configuration that waits for ever is given up', async () => {
  const folder = await makeConfigured({
    'optml.config.mjs': 'setInterval(() => {}, 1e6).unref(); export default new Promise(() => {})',
  });

  await expect(loadConfig(folder, undefined, { timeoutMs: 10 })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `cannot load ${join(folder, 'optml.config.mjs')}: it waits for a promise that does not settle, at its top level or as its default export, after 0.01 s`,
  });
});
