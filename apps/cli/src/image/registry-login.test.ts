/** Logins for registries, from the places where people have them: real helper programs, real config files, a fake ECR. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startFakeEcr } from '@optml/ecr/testing';
import { buildImage, writeLayout } from '@optml/image';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { makeFolder, runOptml } from '../../test/run-optml.ts';
import { readRegistryLogin } from './registry-login.ts';

afterEach(() => vi.unstubAllEnvs());

/** A credential helper as Docker's are: what it is asked goes to a file, what it says depends on it. */
const helper = `#!/bin/sh
[ "$1" = get ] || exit 9
host=$(cat)
echo "$host" >>"$KEEPER_LOG"
case $host in
  absent.*) echo "credentials not found in native keychain"; exit 1 ;;
  locked.*) echo "the keychain is locked"; exit 1 ;;
  odd.*) echo "secret-but-no-json" ;;
  token.*) echo '{"ServerURL":"x","Username":"<token>","Secret":"refresh"}' ;;
  *) echo '{"ServerURL":"x","Username":"me","Secret":"of '"$host"'"}' ;;
esac
`;

async function start(config: object | string) {
  const folder = await makeFolder();
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin/docker-credential-keeper'), helper, { mode: 0o755 });
  await writeFile(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  const log = join(folder, 'asked');
  await writeFile(log, '');
  const environment = {
    PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
    DOCKER_CONFIG: folder,
    KEEPER_LOG: log,
  };
  const { signal } = new AbortController();
  return {
    folder,
    environment,
    read: (host: string, more: Readonly<Record<string, string>> = {}) =>
      readRegistryLogin(host, {
        environment: { ...environment, ...more },
        signal,
      }),
    readAsked: async () => (await readFile(log, 'utf8')).split('\n').slice(0, -1),
  };
}

const auths = (host: string) => ({ [host]: { auth: Buffer.from('file:word').toString('base64') } });

test('the helper of a host, or that of all hosts, is asked with the name under which Docker keeps the login', async () => {
  const own = await start({ credHelpers: { 'r.example.com': 'keeper' }, credsStore: 'absent' });
  const all = await start({ credsStore: 'keeper' });

  expect(await own.read('r.example.com')).toEqual({ username: 'me', password: 'of r.example.com' });
  expect(await all.read('registry-1.docker.io')).toMatchObject({ username: 'me' });
  expect(await own.readAsked()).toEqual(['r.example.com']);
  expect(await all.readAsked()).toEqual(['https://index.docker.io/v1/']);
});

test('where the helper has none, the login of the file counts, and without one there is none', async () => {
  const { read } = await start({ credsStore: 'keeper', auths: auths('absent.example.com') });

  expect(await read('absent.example.com')).toEqual({ username: 'file', password: 'word' });
  expect(await read('absent.example.org')).toBeUndefined();
});

test.each([
  [{ credsStore: 'keeper' }, 'locked.example.com', /exit code 1: the keychain is locked; fix that/],
  [{ credsStore: 'keeper' }, 'odd.example.com', /did not answer with a login/],
  [{ credsStore: 'lost' }, 'r.example.com', /docker-credential-lost.*was not found/],
  [{ credsStore: '../keeper' }, 'r.example.com', /is not the name of a program/],
  [{ credsStore: 1 }, 'r.example.com', /is not a valid Docker config/],
  ['{', 'r.example.com', /is not a valid Docker config/],
])('%j and %s are an error that says what to mend', async (config, host, message) => {
  const { read } = await start(config);

  const failing = read(host);

  await expect(failing).rejects.toMatchObject({
    code: 'LOGIN_UNREADABLE',
    message: expect.stringMatching(message),
  });
  await expect(failing).rejects.toMatchObject({ message: expect.not.stringContaining('secret') });
});

test.each([
  ['https://r.example.com/v2/', 'r.example.com'],
  ['http://r.example.com:5000', 'r.example.com:5000'],
  ['r.example.com/v1/', 'r.example.com'],
  ['https://index.docker.io/v1/', 'registry-1.docker.io'],
  ['index.docker.io', 'registry-1.docker.io'],
])('a login that Docker keeps as %s is that of %s', async (key, host) => {
  const { read } = await start({ auths: { ...auths('other.example.com'), ...auths(key) } });

  expect(await read(host)).toEqual({ username: 'file', password: 'word' });
  expect(await read('r.example.com:1')).toBeUndefined();
});

test('an identity token is given as one, of the file and of a helper', async () => {
  const kept = await start({
    auths: { 'r.example.com': { auth: 'PHRva2VuPg==', identitytoken: 'refresh' } },
  });
  const helped = await start({ credsStore: 'keeper' });

  expect(await kept.read('r.example.com')).toEqual({ identityToken: 'refresh' });
  expect(await helped.read('token.example.com')).toEqual({ identityToken: 'refresh' });
});

test.each([
  ['auths', { auths: null }],
  ['everything', { auths: null, credHelpers: null, credsStore: null }],
  ['an entry', { auths: { 'r.example.com': null } }],
  ['what an entry holds', { auths: { 'r.example.com': { auth: null } } }],
])('a file in which %s is null has no login', async (_, config) => {
  expect(await (await start(config)).read('r.example.com')).toBeUndefined();
});

test('a base in Amazon ECR is read with a login of AWS, whatever Docker has kept', async () => {
  const ecr = await startFakeEcr();
  onTestFinished(() => ecr.close());
  for (const [name, value] of Object.entries(ecr.environment)) vi.stubEnv(name, value);
  const host = new URL(ecr.url).host;
  const { folder, environment } = await start({ auths: auths(host) });
  await writeFile(join(folder, 'bin/sh'), '', { mode: 0o755 });
  const layers = [{ kind: 'base', files: [{ from: join(folder, 'bin'), to: '/bin/' }] }] as const;
  const platform = { os: 'linux', architecture: 'amd64' } as const;
  const base = await buildImage({ platform, layers, layerDirectory: join(folder, 'layers') });
  await writeLayout(base, { path: join(folder, 'base'), name: 'latest' });
  const image = { files: [{ from: 'bin', to: '/app' }], entrypoint: ['/app/docker-credential-keeper'] };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'mine', optml: { image } }));
  const options = { workingDirectory: folder, environment: { ...environment, ...ecr.environment } };
  await runOptml(
    ['publish', '--image', 'oci:base', '--repository', 'base', '--tag', 'v1', '--no-lint'],
    options,
  );

  const words = ['publish', '--base', `${host}/base:v1`, '--repository', 'mine', '--json'];
  const { code, out, err } = await runOptml(words, options);

  expect({ code, err }).toEqual({ code: 0, err: expect.any(String) });
  expect(
    JSON.parse(out)
      .data.layers.map(({ diffId }: { diffId: string }) => diffId)
      .slice(0, 1),
  ).toEqual([base.layers[0]?.diffId]);
});

test('where AWS gives no login for Amazon ECR, that of Docker counts, and without one the reason is said', async () => {
  const host = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  const kept = await start({ auths: auths(host) });
  const none = await start({});

  expect(await kept.read(host)).toEqual({ username: 'file', password: 'word' });
  await expect(none.read(host)).rejects.toMatchObject({
    code: 'LOGIN_UNREADABLE',
    message: expect.stringContaining(`cannot get the login for ${host}: `),
    facts: { cause: 'CREDENTIALS_MISSING' },
  });
});
