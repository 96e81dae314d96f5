import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connectEcr } from '@optml/ecr';
import { type FakeEcrOptions, startFakeEcr } from '@optml/ecr/testing';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { makeProjectOf } from '../../test/make-project.ts';
import { makeFolder, runOptml, testEnvironment } from '../../test/run-optml.ts';

// The SDK's default chain reads the process's own environment.
beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFAKE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'fake');
});

async function startEcr(options: FakeEcrOptions = {}) {
  const ecr = await startFakeEcr(options);
  onTestFinished(() => ecr.close());
  return ecr;
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Examined {
  readonly environment?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
  readonly workingDirectory?: string;
}

/** Runs it with `--json`; resolves to the exit code and the checks by their names. */
async function examine({ environment = {}, words = [], workingDirectory }: Examined = {}) {
  const { code, out } = await runOptml(['doctor', '--json', ...words], {
    workingDirectory: workingDirectory ?? (await makeFolder()),
    environment: { ...testEnvironment, DOCKER_HOST: 'unix:///nowhere/docker.sock', ...environment },
  });
  const { ok, data, error } = JSON.parse(out);
  const { checks } = (ok ? data : error) as {
    checks: { name: string; status: string; message: string; fix?: string }[];
  };
  return {
    code,
    checks: Object.fromEntries(checks.map((check) => [check.name, check])),
    names: checks.map(({ name }) => name),
  };
}

const lines = ['region', 'network', 'clock', 'credentials', 'login', 'repository', 'push'];

test('a machine and a project with all that they need are found well, a line for each', async () => {
  const ecr = await startEcr();
  const workingDirectory = await makeProjectOf('function');
  const environment = { ...testEnvironment, DOCKER_HOST: 'unix:///nowhere', ...ecr.environment };

  const first = await runOptml(['doctor', '--repository', 'iris'], { workingDirectory, environment });
  const all = await examine({
    environment: ecr.environment,
    words: ['--repository', 'iris'],
    workingDirectory,
  });

  expect(first.code).toBe(0);
  expect(first.out).toMatch(
    /^ok {7}node {13}v\d+.*\nok {7}platform .*\nok {7}engine .*none at \/nowhere.*\n(ok|warning) {2,7}disk .*\n/,
  );
  expect(first.out).toContain('ok       native modules   all fit linux/amd64\n');
  expect(first.out).toMatch(
    /warning {2}repository {7}"iris" does not exist in us-east-1\n {26}fix: .*\nskipped {2}push .*\n$/,
  );
  expect(all.names.slice(-7)).toEqual(lines);
  expect(all.checks.credentials).toEqual({
    name: 'credentials',
    status: 'ok',
    message: 'of AWS_ACCESS_KEY_ID: arn:aws:iam::123456789012:user/tester',
  });
  expect(all.checks.login?.message).toMatch(/^to 127\.0\.0\.1:\d+$/);
});

test('a repository that may be pushed to is told from one that may not', async () => {
  const ecr = await startEcr();
  const denying = await startEcr({
    policy: [
      {
        Effect: 'Allow',
        Action: ['ecr:GetAuthorizationToken', 'ecr:DescribeRepositories', 'ecr:CreateRepository'],
        Resource: '*',
      },
    ],
  });
  const create = async ({ url }: { readonly url: string }) => {
    const connection = await connectEcr({ endpoint: url, region: 'us-east-1' });
    await connection.call('CreateRepository', { repositoryName: 'iris' });
    connection.close();
  };
  await Promise.all([create(ecr), create(denying)]);

  const allowed = await examine({ environment: ecr.environment, words: ['--repository', 'iris'] });
  const denied = await examine({ environment: denying.environment, words: ['--repository', 'iris'] });

  expect(allowed).toMatchObject({
    code: 0,
    checks: { repository: { status: 'ok' }, push: { status: 'ok' } },
  });
  expect(denied).toMatchObject({
    code: 1,
    checks: {
      repository: { status: 'ok' },
      push: {
        status: 'error',
        message:
          'you are not allowed to use ecr:BatchCheckLayerAvailability, ecr:InitiateLayerUpload on iris',
        fix: expect.stringContaining('optml publish --dry-run'),
      },
    },
  });
});

test.each([
  [
    'credentials that have expired',
    { expiredAccessKeys: ['AKIAFAKE'] },
    'credentials',
    'have expired',
    'sign in again',
  ],
  ['a token that may not be got', { policy: [] }, 'login', 'GetAuthorizationToken', 'allow'],
])('%s are told of, and what depends on them is skipped', async (_, options, name, message, fix) => {
  const ecr = await startEcr(options);

  const { code, checks } = await examine({ environment: ecr.environment, words: ['--repository', 'iris'] });

  expect(code).toBe(1);
  expect(checks[name]).toMatchObject({
    status: 'error',
    message: expect.stringContaining(message),
    fix: expect.stringContaining(fix),
  });
  expect(checks.clock?.status).toBe('ok');
  expect([checks.repository?.status, checks.push?.status]).toEqual(['skipped', 'skipped']);
});

test('a variable that is empty counts as one that is not set', async () => {
  const ecr = await startEcr();
  const empty = ['AWS_ENDPOINT_URL_ECR', 'AWS_ENDPOINT_URL_STS', 'AWS_REGION', 'AWS_PROFILE'];
  const environment = Object.fromEntries(empty.map((name) => [name, '']));

  const { checks } = await examine({
    environment: { ...environment, AWS_ENDPOINT_URL: ecr.url, AWS_DEFAULT_REGION: 'eu-west-1' },
  });

  expect(checks).toMatchObject({
    region: { message: 'eu-west-1' },
    network: { message: `${new URL(ecr.url).host} answers` },
    credentials: { message: 'of the default chain: arn:aws:iam::123456789012:user/tester' },
    login: { status: 'ok' },
  });
});

test('a machine without credentials is told how to get them', async () => {
  const ecr = await startEcr();
  const home = await makeFolder();
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('HOME', home);
  const { AWS_ENDPOINT_URL_ECR = '', AWS_ENDPOINT_URL_STS = '' } = ecr.environment;
  const environment = { AWS_ENDPOINT_URL_ECR, AWS_ENDPOINT_URL_STS, HOME: home };

  const { code, checks } = await examine({ environment: { ...environment, AWS_REGION: 'us-east-1' } });
  const noRegion = await examine({ environment });

  expect(code).toBe(1);
  expect(checks.credentials).toMatchObject({
    status: 'error',
    message: expect.stringContaining('aws sso login'),
    fix: expect.stringContaining('sign in'),
  });
  expect(noRegion.checks.region).toMatchObject({ status: 'error', fix: expect.stringContaining('--region') });
  expect(noRegion.checks.network?.status).toBe('skipped');
});

test.each([
  [3600, 'error', 'behind AWS'],
  [-3600, 'error', 'ahead of AWS'],
  [120, 'warning', 'behind AWS'],
])('a clock that is %d s off AWS is an %s', async (seconds, status, message) => {
  const url = await listen((_, response) => {
    response.writeHead(403, {
      date: new Date(Date.now() + seconds * 1000).toUTCString(),
      'x-amzn-errortype': 'AccessDeniedException',
    });
    response.end('{"message":"no"}');
  });

  const environment = { AWS_ENDPOINT_URL_ECR: url, AWS_ENDPOINT_URL_STS: url, AWS_REGION: 'us-east-1' };

  const { checks } = await examine({ environment });

  expect(checks.clock).toMatchObject({
    status,
    message: expect.stringContaining(message),
    fix: expect.stringContaining('timedatectl'),
  });
});

test('without a network it says so and goes on', async () => {
  const { code, checks, names } = await examine({
    environment: { AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:1', AWS_REGION: 'eu-west-1' },
  });

  expect(code).toBe(1);
  expect(checks.network).toMatchObject({
    status: 'error',
    message: 'cannot reach 127.0.0.1:1: ECONNREFUSED',
  });
  expect(names.slice(-7)).toEqual(lines);
  expect(lines.slice(2).map((name) => checks[name]?.status)).toEqual([
    'skipped',
    'skipped',
    'skipped',
    'skipped',
    'skipped',
  ]);
});

test('a region that has no host is asked about by its name', async () => {
  const { checks } = await examine({ words: ['--region', 'us-nowhere-1'] });

  expect(checks.network).toMatchObject({
    status: 'error',
    fix: expect.stringContaining('the name of the region, "us-nowhere-1"'),
  });
});

test('credentials whose owner STS does not say are used all the same', async () => {
  const ecr = await startEcr();
  const environment = { ...ecr.environment, AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' };

  const { code, checks } = await examine({ environment });

  expect(code).toBe(0);
  expect(checks.credentials).toMatchObject({
    status: 'warning',
    message: expect.stringMatching(/^of AWS_ACCESS_KEY_ID; STS did not say whose they are: .*ECONNREFUSED/),
  });
  expect(checks.login?.status).toBe('ok');
});

test.each([
  ['ExpiredToken', 'have expired'],
  ['InvalidClientTokenId', 'does not recognize'],
  ['SignatureDoesNotMatch', "this machine's clock"],
])('what STS says of credentials is an error: %s', async (code, message) => {
  const url = await listen((_, response) => {
    response.writeHead(403, { date: new Date().toUTCString() });
    response.end(`<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`);
  });
  const environment = { AWS_ENDPOINT_URL_ECR: url, AWS_ENDPOINT_URL_STS: url, AWS_REGION: 'us-east-1' };

  const { checks } = await examine({ environment });

  expect(checks.credentials).toMatchObject({ status: 'error', message: expect.stringContaining(message) });
  expect(checks.login?.status).toBe('skipped');
});

test('a project whose packages or modules do not fit is told of, and a proxy that is none', async () => {
  const broken = await makeProjectOf('function');
  await writeFile(join(broken, 'src/predictor.ts'), "import 'no-such-package';\n");
  const yarn = await makeProjectOf('function');
  await writeFile(join(yarn, '.pnp.cjs'), '');
  const pnpm = await makeProjectOf('function', []);
  await writeFile(join(pnpm, 'pnpm-lock.yaml'), '');
  const bin = await makeFolder();

  const [one, two, three] = await Promise.all([
    examine({ workingDirectory: broken, words: ['--no-aws'] }),
    examine({ workingDirectory: yarn, words: ['--no-aws'] }),
    examine({
      workingDirectory: pnpm,
      words: ['--no-aws'],
      environment: { PATH: bin, HTTPS_PROXY: 'socks5://x' },
    }),
  ]);
  await writeFile(join(bin, 'pnpm'), '');
  await chmod(join(bin, 'pnpm'), 0o755);
  const four = await examine({ workingDirectory: pnpm, words: ['--no-aws'], environment: { PATH: bin } });

  expect(one.checks['native modules']).toMatchObject({
    status: 'error',
    message: expect.stringContaining('no-such-package'),
  });
  expect(two.checks.project).toMatchObject({
    status: 'error',
    message: expect.stringContaining('nodeLinker'),
  });
  expect(three.checks['package manager']).toMatchObject({
    status: 'warning',
    fix: 'install it: npm install --global pnpm',
  });
  expect(three.checks.proxy).toMatchObject({
    status: 'error',
    message: expect.stringContaining('socks5://x'),
  });
  expect(four.checks['package manager']).toMatchObject({ status: 'error', fix: 'pnpm install' });
});

test('a container engine is asked over its socket', async () => {
  const folder = await makeFolder();
  const socketPath = join(folder, 'docker.sock');
  const server = createServer((_, response) => response.writeHead(200, { 'api-version': '1.47' }).end('OK'));
  server.listen(socketPath);
  await once(server, 'listening');
  onTestFinished(() => void server.close());

  const { checks, code } = await examine({
    words: ['--no-aws'],
    environment: { DOCKER_HOST: `unix://${socketPath}` },
  });

  expect(checks.engine).toEqual({
    name: 'engine',
    status: 'ok',
    message: `answers at ${socketPath}, API 1.47`,
  });
  expect(checks.project?.status).toBe('skipped');
  expect(code).toBe(0);
});

test('a folder for temporary files that does not exist is told of', async () => {
  const workingDirectory = await makeFolder();
  vi.stubEnv('TMPDIR', join(workingDirectory, 'gone'));
  onTestFinished(() => void vi.unstubAllEnvs());

  const { code, checks } = await examine({ words: ['--no-aws'], workingDirectory });

  expect(code).toBe(1);
  expect(checks.disk).toEqual({
    name: 'disk',
    status: 'error',
    message: `cannot use ${join(workingDirectory, 'gone')}: it does not exist`,
    fix: 'create it, or set TMPDIR to a folder that exists',
  });
  expect(checks.project?.status).toBe('skipped');
});

test.each([
  [
    'without an entry',
    '{"name":"p"}',
    /^skipped {2}project {10}.* has neither src\/train\.ts nor src\/predictor\.ts/m,
  ],
  ['that cannot be read', 'not json\n', /^error {4}project {10}cannot read .*is not valid JSON$/m],
])('a project %s has one line that says so', async (_, text, line) => {
  const workingDirectory = await makeFolder();
  await writeFile(join(workingDirectory, 'package.json'), text);

  const { out } = await runOptml(['doctor', '--no-aws'], { workingDirectory });

  expect(out).toMatch(line);
});
