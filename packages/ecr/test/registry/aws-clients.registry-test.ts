/** Other people's clients use the fake ECR as they use AWS: boto3 and awscli of Debian, skopeo and Docker. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { type FakeEcr, startFakeEcr } from '../../src/testing/fake-ecr.ts';
import type { FakeEcrOptions } from '../../src/testing/fake-ecr-options.ts';

const run = promisify(execFile);

const regions = [
  { region: 'cn-north-1', partition: 'aws-cn', domain: 'amazonaws.com.cn' },
  { region: 'us-gov-west-1', partition: 'aws-us-gov', domain: 'amazonaws.com' },
] as const;

async function start(options: FakeEcrOptions = {}) {
  const ecr = await startFakeEcr(options);
  const folder = await mkdtemp(join(tmpdir(), 'optml-clients-'));
  onTestFinished(async () => {
    await ecr.close();
    await rm(folder, { recursive: true });
  });
  // No settings of the person who runs the test count.
  const env = { PATH: process.env.PATH, HOME: folder, DOCKER_CONFIG: folder, ...ecr.environment };
  return { ecr, folder, env: { ...env, DOCKER_HOST: process.env.DOCKER_HOST } };
}

/** Calls ECR with awscli 2, which Debian has as /usr/bin/aws. */
async function aws(
  { ecr, env }: { readonly ecr: FakeEcr; readonly env: NodeJS.ProcessEnv },
  region: string,
  ...args: readonly string[]
): Promise<string> {
  const common = ['--endpoint-url', ecr.url, '--region', region, '--output', 'json', '--no-cli-pager'];
  // The API goes straight to the fake: only the hosts of registries are behind it as a proxy.
  return (await run('/usr/bin/aws', ['ecr', ...args, ...common], { env: { ...env, NO_PROXY: '127.0.0.1' } }))
    .stdout;
}

test.each(regions)(
  'boto3 creates, pushes, pages, lists and deletes in $region',
  async ({ region, partition, domain }) => {
    const { ecr, env } = await start();
    const script = join(import.meta.dirname, 'drive_ecr.py');

    const { stdout, stderr } = await run('/usr/bin/python3', [script, ecr.url, region, partition, domain], {
      env,
    });

    expect([stdout, stderr]).toEqual(['', '']);
    expect([...ecr.registry('123456789012', region).repositories.keys()]).toEqual([
      'team/a',
      'team/b',
      'team/c',
    ]);
  },
);

test.each(regions)(
  'awscli and skopeo push to two accounts with one token in $region',
  async ({ region, domain }) => {
    const started = await start({ proxied: true });
    const { ecr, folder, env } = started;
    const archive = await makeArchive(folder, env);
    const password = (await aws(started, region, 'get-login-password')).trim();

    const address = (account: string) => ['--registry-id', account, '--repository-name', 'iris'];
    const push = async (account: string, ...tags: readonly string[]) => {
      const made = JSON.parse(await aws(started, region, 'create-repository', ...address(account)));
      const { repositoryUri } = made.repository;
      expect(repositoryUri).toBe(`${account}.dkr.ecr.${region}.${domain}/iris`);
      const login = ['--dest-tls-verify=false', '--dest-creds', `AWS:${password}`];
      for (const tag of tags)
        await run(
          'skopeo',
          ['copy', ...login, `docker-archive:${archive}`, `docker://${repositoryUri}:${tag}`],
          { env },
        );
      const list = [
        'list-tags',
        '--tls-verify=false',
        '--creds',
        `AWS:${password}`,
        `docker://${repositoryUri}`,
      ];
      expect(JSON.parse((await run('skopeo', list, { env })).stdout).Tags).toEqual(tags);
    };
    const [own, other] = ['123456789012', '234567890123'];

    await push(own, 'v1', 'v2');
    await push(other, 'v3');

    const listed = JSON.parse(await aws(started, region, 'list-images', ...address(own), '--page-size', '1'));
    expect(listed.imageIds.map(({ imageTag }: { imageTag: string }) => imageTag)).toEqual(['v1', 'v2']);
    const ids = ['--image-ids', 'imageTag=v1', 'imageTag=none'];
    const deleted = JSON.parse(await aws(started, region, 'batch-delete-image', ...address(own), ...ids));
    expect(deleted).toMatchObject({
      imageIds: [{ imageTag: 'v1', imageDigest: listed.imageIds[0].imageDigest }],
      failures: [{ imageId: { imageTag: 'none' }, failureCode: 'ImageNotFound' }],
    });
    await aws(started, region, 'delete-repository', ...address(own), '--force');
    expect(ecr.registry(own, region).repositories.size).toBe(0);
    expect([...(ecr.registry(other, region).repositories.get('iris')?.tags.keys() ?? [])]).toEqual(['v3']);
  },
);

test('docker pushes to a repository that a template makes, and pulls from it', async () => {
  const started = await start();
  const { ecr, folder, env } = started;
  const { host } = new URL(ecr.url);
  const archive = await makeArchive(folder, env);
  const now = new Date();
  const settings = { appliedFor: ['CREATE_ON_PUSH'], imageTagMutability: 'IMMUTABLE' };
  ecr.registry().templates.set('team', { prefix: 'team', settings, createdAt: now, updatedAt: now });
  const password = (await aws(started, 'us-east-1', 'get-login-password')).trim();
  const docker = (...args: readonly string[]) => run('docker', [...args], { env });
  await docker('login', '--username', 'AWS', '--password', password, host);
  await docker('load', '--input', archive);
  const [name, outside] = [`${host}/team/iris:v1`, `${host}/iris:v1`];
  for (const target of [name, outside]) await docker('tag', 'optml/clients:v1', target);

  await docker('push', name);
  await docker('rmi', name);
  await docker('pull', name);

  expect(ecr.registry().repositories.get('team/iris')).toMatchObject({ tagMutability: 'IMMUTABLE' });
  await expect(docker('push', outside)).rejects.toThrow(/does not exist/);
});

/** An image of one layer, made by Docker. */
async function makeArchive(folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY one /app/\n');
  await writeFile(join(folder, 'one'), '1');
  const archive = join(folder, 'image.tar');
  await run('docker', ['build', '--quiet', '--tag', 'optml/clients:v1', folder], { env });
  await run('docker', ['save', '--output', archive, 'optml/clients:v1'], { env });
  return archive;
}
