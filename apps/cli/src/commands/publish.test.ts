import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startFakeEcr } from '@optml/ecr/testing';
import { buildImage, type LayerEntry, type RunOptions, writeLayout } from '@optml/image';
import { mediaTypes } from '@optml/image/manifest';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { makeBase } from '../../test/make-base.ts';
import { makeProjectOf } from '../../test/make-project.ts';
import { makeFolder, runOptml, testEnvironment } from '../../test/run-optml.ts';

// The SDK's default chain reads the process's own environment.
beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFAKE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'fake');
});

async function start(run: RunOptions = {}) {
  const folder = await makeFolder();
  const listeners = new Set<() => void>();
  const ecr = await startFakeEcr({ onCall: () => listeners.forEach((listener) => void listener()) });
  onTestFinished(() => ecr.close());
  const write = async (main: string) => {
    const entry = (path: string, text: string, mode: number): LayerEntry => {
      const content = Buffer.from(text);
      return { path, type: 'file', mode, size: content.length, content };
    };
    const layer = (...entries: LayerEntry[]) => ({ kind: 'application' as const, files: [], entries });
    const image = await buildImage({
      platform: { os: 'linux', architecture: 'amd64' },
      layers: [layer(entry('usr/bin/node', 'the program', 0o755)), layer(entry('app/main.js', main, 0o644))],
      run: { entrypoint: ['node', '/app/main.js'], ...run },
      layerDirectory: join(folder, 'layers'),
    });
    await writeLayout(image, { path: join(folder, 'image'), name: 'latest' });
  };
  await write('one');
  const optml = (...words: string[]) =>
    runOptml(words, {
      workingDirectory: folder,
      environment: { ...testEnvironment, ...ecr.environment },
    });
  const publish = (...words: string[]) =>
    optml('publish', '--image', 'oci:image', '--repository', 'iris', ...words);
  return { folder, ecr, listeners, write, optml, publish };
}

test('an image of a folder is published, and its reference printed', async () => {
  const { publish, ecr } = await start();

  const { code, out, err } = await publish('--tag', 'v1', '--tag', 'latest');

  const { tags } = ecr.registry().repositories.get('iris') ?? {};
  expect(code).toBe(0);
  expect(out).toBe(`123456789012.dkr.ecr.us-east-1.amazonaws.com/iris@${tags?.get('v1')}\n`);
  expect(tags?.get('latest')).toBe(tags?.get('v1'));
  expect(err).toMatch(/^optml: created the repository iris in us-east-1\n(optml: (sent|tagged) .*\n)+$/);
});

test('a project is bundled, built and published to where its configuration says', async () => {
  const { ecr } = await start();
  const project = await makeProjectOf('function');
  const registry = { repository: 'team/bmi', tags: ['2.0', 'latest'] };
  const optml = { image: { base: `oci:${await makeBase()}` }, registry };
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'bmi', type: 'module', optml }));

  const { code, out, err } = await runOptml(['publish', '--tag', '2.1'], {
    workingDirectory: project,
    environment: { ...testEnvironment, ...ecr.environment },
  });

  expect({ code, err }).toEqual({ code: 0, err: expect.any(String) });
  const { tags } = ecr.registry().repositories.get('team/bmi') ?? {};
  expect([...(tags?.keys() ?? [])]).toEqual(['2.1']);
  expect(out).toBe(`123456789012.dkr.ecr.us-east-1.amazonaws.com/team/bmi@${tags?.get('2.1')}\n`);
});

test('a repository that may not be made is made by the push where a creation template covers it', async () => {
  const { publish, ecr } = await start();
  const deny = () =>
    ecr.inject({
      on: 'CreateRepository',
      answer: {
        type: 'AccessDeniedException',
        message:
          'User: u is not authorized to perform: ecr:CreateRepository on resource: arn:aws:iris because no policy',
      },
    });
  const now = new Date();

  deny();
  const refused = await publish('--tag', 'v1');
  const planned = await publish('--tag', 'v1', '--dry-run');
  const settings = { appliedFor: ['CREATE_ON_PUSH'] };
  ecr.registry().templates.set('ROOT', { prefix: 'ROOT', settings, createdAt: now, updatedAt: now });
  deny();
  const made = await publish('--tag', 'v1');

  expect(refused.code).not.toBe(0);
  expect(refused.err).toMatch(
    /you are not allowed to use ecr:CreateRepository on arn:aws:iris .*allow it.*; or ask for a repository creation template for CREATE_ON_PUSH that covers "iris"/,
  );
  expect(planned.out).toContain(
    'is not needed where a repository creation template for CREATE_ON_PUSH covers',
  );
  expect(made.err).toContain('optml: the push created the repository iris in us-east-1');
  expect(made.code).toBe(0);
  expect(ecr.registry().repositories.get('iris')?.tags.has('v1')).toBe(true);
});

test('--json says the digest, the layers and the bytes, and what of them was there already', async () => {
  const { publish, write } = await start();
  await publish();
  await write('two');

  const { code, out } = await publish('--json');
  const again = JSON.parse((await publish('--json')).out).data;

  expect(code).toBe(0);
  const { data: result } = JSON.parse(out);
  expect(result).toMatchObject({
    digest: expect.stringMatching(/^sha256:/),
    mediaType: mediaTypes.docker.manifest,
    platform: 'linux/amd64',
    references: [expect.stringContaining('/iris@sha256:')],
    layers: [{ size: expect.any(Number), reused: true }, { reused: false }],
  });
  expect(result.bytesSent).toBeGreaterThan(0);
  expect(again).toMatchObject({
    digest: result.digest,
    bytesSent: 0,
    layers: [{ reused: true }, { reused: true }],
  });
});

test('--dry-run changes nothing, and says layers, files, bytes, calls and permissions', async () => {
  const { publish, write, ecr } = await start();
  await publish();
  await write('two');
  const before = ecr.calls.length;

  const json = JSON.parse((await publish('--dry-run', '--json')).out).data;
  const { code, out } = await publish('--dry-run');

  expect(code).toBe(0);
  expect(json).toMatchObject({
    dryRun: true,
    layers: [{ reused: true }, { reused: false }],
    files: { added: [], changed: ['app/main.js'], removed: [] },
    bytesSent: 0,
    calls: expect.arrayContaining([{ operation: 'PutImage', region: 'us-east-1', times: 1 }]),
    policy: { Version: '2012-10-17' },
    findings: [],
  });
  expect(json.bytesToSend).toBeGreaterThan(0);
  expect(out).toMatch(/keep .*\n {2}send .*\n/);
  expect(out).toContain('  ~ /app/main.js\n');
  expect(out).toContain('"ecr:PutImage"');
  expect(ecr.calls.slice(before).filter(({ operation }) => /Put|upload|Create/.test(operation))).toEqual([]);
});

test('several regions and settings of the repository go in one run', async () => {
  const { publish, ecr, folder } = await start();
  await writeFile(
    join(folder, 'policy.json'),
    '{"Statement": [{"Sid": "Pull", "Effect": "Allow", "Action": "ecr:BatchGetImage"}]}',
  );

  const { code, out } = await publish(
    ...['--region', 'us-east-1', '--region', 'eu-west-1', '--tag', 'v1'],
    ...[
      '--immutable',
      '--mutable-tag',
      'latest',
      '--repository-policy',
      'policy.json',
      '--resource-tag',
      'team=iris',
    ],
  );

  expect(code).toBe(0);
  expect(out.match(/sha256:\w+/g)).toHaveLength(2);
  expect(ecr.registry(undefined, 'eu-west-1').repositories.get('iris')).toMatchObject({
    tagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    resourceTags: new Map([['team', 'iris']]),
  });
});

test('an immutable tag with another image fails with the reason in the JSON form', async () => {
  const { publish, write } = await start();
  await publish('--tag', 'v1', '--immutable');
  await write('two');

  const { code, out, err } = await publish('--tag', 'v1', '--json');

  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    error: { code: 'PUBLISH_FAILED', cause: 'TAG_IMMUTABLE', tag: 'v1' },
  });
  expect(err).toContain('is immutable and names sha256:');
});

test('what lint finds wrong is not published, unless that is asked for', async () => {
  const { publish, ecr } = await start({ entrypoint: ['python3'] });

  const refused = await publish('--json');
  const dryRun = await publish('--dry-run');
  const forced = await publish('--no-lint');

  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.out)).toMatchObject({
    error: { code: 'LINT_FAILED', findings: [{ code: 'PROGRAM' }] },
  });
  expect(dryRun).toMatchObject({ code: 0, out: expect.stringContaining('lint error PROGRAM') });
  expect(forced.code).toBe(0);
  expect(ecr.registry().repositories.get('iris')?.tags.size).toBe(1);
});

test('--scan passes what a finished scan says, and fails for its findings', async () => {
  const { publish, ecr } = await start();
  const { digest } = JSON.parse((await publish('--json')).out).data;
  const scans = ecr.registry().repositories.get('iris')?.scans;
  const scan = (counts: object) => [
    { status: 'COMPLETE', findings: { imageScanCompletedAt: 1, findingSeverityCounts: counts } },
  ];

  scans?.set(digest, scan({ LOW: 1 }));
  const passed = await publish('--scan', 'HIGH');
  scans?.set(digest, scan({ CRITICAL: 1 }));
  const failed = await publish('--scan', 'HIGH', '--json');

  expect(passed).toMatchObject({ code: 0, err: expect.stringContaining('the basic scan passed: 1 LOW') });
  expect(failed).toMatchObject({ code: 1, out: expect.stringContaining('"cause":"SCAN_FINDINGS"') });
});

test.each([
  [['--repository', 'Iris'], 'is not a valid repository name'],
  [['--tag', '.v1'], 'is not a valid tag'],
  [['--account', '1'], 'use its twelve digits'],
  [['--mutable-tag', 'x'], '--immutable'],
  [['--resource-tag', 'x'], 'expected KEY=VALUE'],
  [['--lifecycle-policy', 'absent.json'], 'cannot read a policy'],
  [['--base', 'scratch'], 'leave out --base or --image'],
  [['--scan', 'AWFUL'], 'Allowed choices'],
  [['--feature', 'x'], 'multi-model'],
])('%j is a wrong command line', async (words, message) => {
  const { publish } = await start();

  expect(await publish(...words)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
});

test('an image that docker buildx pushed is repaired', async () => {
  const { publish, optml, ecr } = await start();
  await publish('--tag', 'v1');
  const { images, tags } = ecr.registry().repositories.get('iris') ?? {};
  const [image] = images?.values() ?? [];
  const manifest = (image?.manifest ?? '')
    .replaceAll(mediaTypes.docker.manifest, mediaTypes.oci.manifest)
    .replaceAll(mediaTypes.docker.config, mediaTypes.oci.config)
    .replaceAll(mediaTypes.docker.gzip, mediaTypes.oci.gzip);
  const digest = `sha256:${(await import('node:crypto')).createHash('sha256').update(manifest).digest('hex')}`;
  images?.set(digest, { digest, manifest, mediaType: mediaTypes.oci.manifest, pushedAt: new Date() });
  tags?.set('v1', digest);

  const repaired = await optml('images', 'repair', '--repository', 'iris', '--tag', 'v1', '--json');
  const absent = await optml('images', 'repair', '--repository', 'iris', '--tag', 'v9', '--json');

  expect(JSON.parse(repaired.out).data).toMatchObject({
    repaired: true,
    digest: image?.digest,
    mediaType: mediaTypes.docker.manifest,
  });
  expect(tags?.get('v1')).toBe(image?.digest);
  expect(absent).toMatchObject({ code: 1, out: expect.stringContaining('"code":"REPAIR_FAILED"') });
});

test('images lint prints findings with their reasons, and fails for errors', async () => {
  const { optml } = await start({ user: 'node' });

  const warned = await optml('images', 'lint', '--image', 'oci:image');
  const failed = await optml(
    'images',
    'lint',
    '--image',
    'oci:image',
    '--instance-type',
    'ml.c7g.large',
    '--json',
  );

  expect(warned).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^warning USER: the user is "node"; .*root.*\n$/),
  });
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.out)).toMatchObject({
    ok: false,
    error: { code: 'LINT_FAILED', findings: [{ code: 'PLATFORM' }, { code: 'USER' }] },
  });
});

test.each(['m5.xlarge', 'ml.m5', 'nonsense'])(
  'an instance type that SageMaker cannot have, %s, is a wrong command line',
  async (type) => {
    const { optml } = await start();

    const { code, err } = await optml('images', 'lint', '--image', 'oci:image', '--instance-type', type);

    expect(code).toBe(2);
    expect(err).toBe(
      `optml: --instance-type "${type}" is not valid: give an instance type of SageMaker, for example ml.m5.large\n`,
    );
  },
);

test('a process that is killed at any request leaves no half of an image, and the next run ends with the same one', async () => {
  const whole = await start();
  const expected = JSON.parse((await whole.publish('--tag', 'v1', '--tag', 'v2', '--json')).out).data.digest;
  const requests = whole.ecr.calls.length;
  const kill = async (at: number) => {
    const { folder, ecr, listeners, publish } = await start();
    const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
    const words = ['publish', '--image', 'oci:image', '--repository', 'iris', '--tag', 'v1', '--tag', 'v2'];
    const env = { ...testEnvironment, ...ecr.environment };
    const child = spawn(process.execPath, [main, ...words], { cwd: folder, env, stdio: 'ignore' });
    const ended = once(child, 'exit');
    listeners.add(() => ecr.calls.length === at && child.kill('SIGKILL'));
    expect([at, ...(await ended)]).toEqual([at, null, 'SIGKILL']);
    listeners.clear();

    const { images, tags, blobs } = ecr.registry().repositories.get('iris') ?? {};
    for (const digest of tags?.values() ?? []) {
      const { config, layers } = JSON.parse(images?.get(digest)?.manifest ?? '');
      for (const part of [config, ...layers]) expect(blobs?.has(part.digest), `${at}`).toBe(true);
    }
    const { code, out } = await publish('--tag', 'v1', '--tag', 'v2', '--json');
    expect([at, code, JSON.parse(out).data.digest]).toEqual([at, 0, expected]);
    const { tags: after } = ecr.registry().repositories.get('iris') ?? {};
    expect([...(after?.values() ?? [])]).toEqual([expected, expected]);
  };

  expect(requests).toBeGreaterThan(8);
  const all = Array.from({ length: requests }, (_, index) => index + 1);
  const killEach = async (part: readonly number[]) => {
    for (const at of part) await kill(at);
  };
  await Promise.all([killEach(all.filter((at) => at % 2 === 0)), killEach(all.filter((at) => at % 2 === 1))]);
}, 120_000);

test.each([
  ['with a region', ['--region', 'us-east-1']],
  ['without one', []],
])('a profile that does not exist is named, %s', async (_, words) => {
  const { folder } = await start();
  const environment = {
    AWS_PROFILE: 'no-such-one',
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION', 'AWS_DEFAULT_REGION'])
    vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);

  const { code, err } = await runOptml(
    ['publish', '--image', 'oci:image', '--repository', 'iris', '--tag', 'v1', ...words],
    { workingDirectory: folder, environment: { ...testEnvironment, ...environment } },
  );

  expect(code).toBe(1);
  expect(err).toContain(
    `optml: AWS_PROFILE names the profile "no-such-one", which does not exist: there is neither [profile no-such-one] in ${folder}/config (no such file) nor `,
  );
});
