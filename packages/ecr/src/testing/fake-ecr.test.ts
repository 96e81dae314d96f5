import { randomBytes } from 'node:crypto';
import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { digestOf } from '@optml/image/manifest';
import { expect, onTestFinished, test } from 'vitest';
import { logInWith, putImage, repositoryName, startClient, upload } from '../../test/start-client.ts';
import { matchesWildcard } from '../repository/matches-wildcard.ts';

const mebibyte = 1024 * 1024;

test('a repository is made once and described', async () => {
  const { client } = await startClient();

  const again = client.send(new CreateRepositoryCommand({ repositoryName }));
  const other = client.send(new DescribeRepositoriesCommand({ repositoryNames: ['other'] }));

  await expect(again).rejects.toMatchObject({ name: 'RepositoryAlreadyExistsException' });
  await expect(other).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
  const { repositories } = await client.send(new DescribeRepositoriesCommand({}));
  expect(repositories).toMatchObject([
    {
      repositoryName,
      registryId: '123456789012',
      imageTagMutability: 'MUTABLE',
      createdAt: expect.any(Date),
    },
  ]);
});

test('a layer of several parts is there when it is complete', async () => {
  const started = await startClient();
  const bytes = randomBytes(6 * mebibyte);

  const digest = await upload(started, bytes, { partBytes: 5 * mebibyte });

  const { layers } = await started.client.send(
    new BatchCheckLayerAvailabilityCommand({
      repositoryName,
      layerDigests: [digest, digestOf(Buffer.from('absent'))],
    }),
  );
  expect(layers).toMatchObject([
    { layerDigest: digest, layerAvailability: 'AVAILABLE', layerSize: bytes.length },
    { layerDigest: digestOf(Buffer.from('absent')), layerAvailability: 'UNAVAILABLE' },
  ]);
});

test('a part that does not follow the one before names the last valid byte', async () => {
  const { client } = await startClient();
  const { uploadId, partSize } = await client.send(new InitiateLayerUploadCommand({ repositoryName }));
  const part = (partFirstByte: number, layerPartBlob: Buffer) =>
    new UploadLayerPartCommand({
      repositoryName,
      uploadId,
      partFirstByte,
      partLastByte: partFirstByte + layerPartBlob.length - 1,
      layerPartBlob,
    });
  await client.send(part(0, Buffer.alloc(10)));

  const gap = client.send(part(11, Buffer.alloc(10)));

  await expect(gap).rejects.toMatchObject({
    name: 'InvalidLayerPartException',
    uploadId,
    lastValidByteReceived: 9,
  });
  expect(partSize).toBe(10 * mebibyte);
});

test('small parts, an empty upload and a wrong digest are refused', async () => {
  const started = await startClient();
  const { client } = started;
  const complete = async (uploadId: string | undefined) =>
    client.send(
      new CompleteLayerUploadCommand({
        repositoryName,
        uploadId,
        layerDigests: [digestOf(Buffer.from('x'))],
      }),
    );
  const empty = await client.send(new InitiateLayerUploadCommand({ repositoryName }));

  await expect(upload(started, Buffer.alloc(20), { partBytes: 10 })).rejects.toMatchObject({
    name: 'LayerPartTooSmallException',
  });
  await expect(complete(empty.uploadId)).rejects.toMatchObject({ name: 'EmptyUploadException' });
  await expect(complete('none')).rejects.toMatchObject({ name: 'UploadNotFoundException' });
  const layer = Buffer.from('once');
  await upload(started, layer);
  await expect(upload(started, layer)).rejects.toMatchObject({ name: 'LayerAlreadyExistsException' });
});

test('more than 100 digests are refused, and an invalid one is a failure', async () => {
  const { client } = await startClient();
  const check = (layerDigests: string[]) =>
    client.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }));

  await expect(check(Array(101).fill(digestOf(Buffer.from('a'))))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  expect(await check(['nonsense'])).toMatchObject({
    layers: [],
    failures: [{ layerDigest: 'nonsense', failureCode: 'InvalidLayerDigest' }],
  });
});

test('an image whose layers are missing is refused, and the same image twice is said to exist', async () => {
  const started = await startClient();
  const manifest = await putImage(started, 'v1');
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const put = (imageManifest: string) =>
    started.client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: 'v1' }));

  await expect(put(manifest)).rejects.toMatchObject({ name: 'ImageAlreadyExistsException' });
  const absent = JSON.stringify({
    mediaType,
    config: { digest: digestOf(Buffer.from('absent')) },
    layers: [],
  });
  await expect(put(absent)).rejects.toMatchObject({ name: 'LayersNotFoundException' });
});

test('an immutable tag stays where it is, unless a wildcard excludes it', async () => {
  const started = await startClient({}, { create: false });
  await started.client.send(
    new CreateRepositoryCommand({
      repositoryName,
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
    }),
  );
  await putImage(started, 'v1');
  await putImage(started, 'dev-1');

  await expect(putImage(started, 'v1')).rejects.toMatchObject({
    name: 'ImageTagAlreadyExistsException',
  });
  const moved = await putImage(started, 'dev-1');

  const { images } = await started.client.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'dev-1' }] }),
  );
  expect(images?.[0]?.imageManifest).toBe(moved);
});

test.each([
  ['v*', 'v1', true],
  ['*-dev', 'x-dev', true],
  ['a*b*c', 'a1b2c', true],
  ['a*a', 'a', false],
  ['v1', 'v10', false],
  ['.', 'x', false],
])('the wildcard %s is not a regular expression: %s gives %s', (pattern, tag, expected) => {
  expect(matchesWildcard(pattern, tag)).toBe(expected);
});

test('a session that has ended and a request without a signature are refused', async () => {
  const { ecr, client } = await startClient({ expiredAccessKeys: ['AKIAFAKE'] }, { create: false });

  const unsigned = await fetch(ecr.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories' },
    body: '{}',
  });

  await expect(client.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({
    name: 'ExpiredTokenException',
  });
  expect(await unsigned.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
});

test('a policy allows what it names only, on both faces', async () => {
  const repositories = 'arn:aws:ecr:us-east-1:123456789012:repository/*';
  const started = await startClient({
    policy: [
      {
        Effect: 'Allow',
        Action: ['ecr:CreateRepository', 'ecr:InitiateLayerUpload'],
        Resource: repositories,
      },
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    ],
  });
  const headers = await logInWith(started);

  const begun = await fetch(`${started.ecr.url}/v2/iris/blobs/uploads/`, { method: 'POST', headers });
  const read = await fetch(`${started.ecr.url}/v2/iris/manifests/v1`, { headers });

  expect([begun.status, read.status]).toEqual([202, 403]);
  await expect(started.client.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(
      'is not authorized to perform: ecr:DescribeRepositories on resource: arn:aws',
    ),
  });
});

test.each([
  { mode: 'ecr' as const, patched: 201, range: '0-9', again: 416 },
  { mode: 'spec' as const, patched: 202, range: '0-19', again: 201 },
])(
  'in mode $mode a chunk is answered with $patched and $range, and a second PUT with $again',
  async ({ mode, patched, range, again }) => {
    const started = await startClient({ mode, minimumPartBytes: 10 });
    const headers = await logInWith(started);
    const { url } = started.ecr;
    const begun = await fetch(`${url}/v2/iris/blobs/uploads/`, { method: 'POST', headers });
    const location = `${url}${begun.headers.get('location')}`;
    const patch = (start: number) =>
      fetch(location, {
        method: 'PATCH',
        headers: { ...headers, 'content-range': `${start}-${start + 9}` },
        body: Buffer.alloc(10, start),
      });
    const put = (digest: string) => fetch(`${location}&digest=${digest}`, { method: 'PUT', headers });

    const [first, second] = [await patch(0), await patch(10)];

    expect([first.status, second.status]).toEqual([patched, patched]);
    expect(second.headers.get('range')).toBe(range);
    expect((await put(digestOf(Buffer.from('another')))).status).toBe(400);
    const bytes = Buffer.concat([Buffer.alloc(10, 0), Buffer.alloc(10, 10)]);
    expect((await put(digestOf(bytes))).status).toBe(again);
  },
);

test.each([
  ['mounted', 201],
  ['ignored', 202],
  ['forbidden', 403],
] as const)('a mount is %s: %i', async (mounting, status) => {
  const started = await startClient({ mounting });
  const digest = await upload(started, Buffer.from('layer'));
  await started.client.send(new CreateRepositoryCommand({ repositoryName: 'other' }));
  const headers = await logInWith(started);

  const mounted = await fetch(`${started.ecr.url}/v2/other/blobs/uploads/?mount=${digest}&from=iris`, {
    method: 'POST',
    headers,
  });

  expect(mounted.status).toBe(status);
});

test('a blob is read from another host, which refuses credentials', async () => {
  const started = await startClient();
  const digest = await upload(started, Buffer.from('layer'));
  const headers = await logInWith(started);

  const redirect = await fetch(`${started.ecr.url}/v2/iris/blobs/${digest}`, { headers, redirect: 'manual' });
  const location = redirect.headers.get('location') as string;
  const { downloadUrl } = await started.client.send(
    new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: digest }),
  );

  expect(redirect.status).toBe(307);
  expect(new URL(location).host).not.toBe(new URL(started.ecr.url).host);
  expect((await fetch(location, { headers })).status).toBe(400);
  expect(await (await fetch(location)).text()).toBe('layer');
  expect(await (await fetch(downloadUrl as string)).text()).toBe('layer');
});

test('each region has a registry of its own', async () => {
  const { ecr } = await startClient();
  const client = new ECRClient({
    endpoint: ecr.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAFAKE', secretAccessKey: 'fake' },
  });
  onTestFinished(() => client.destroy());

  const { repositories } = await client.send(new DescribeRepositoriesCommand({}));

  expect(repositories).toEqual([]);
  expect(ecr.registry().repositories.has(repositoryName)).toBe(true);
});

test('faults befall the requests they name, as often as they say', async () => {
  const started = await startClient();
  const { ecr, client } = started;
  const describe = () => client.send(new DescribeRepositoriesCommand({}));
  ecr.inject({
    on: 'DescribeRepositories',
    answer: { type: 'ThrottlingException', message: 'Rate exceeded' },
  });
  ecr.inject({ on: 'DescribeRepositories', dropAfterBytes: 0 });
  ecr.inject({ on: 'DescribeRepositories', dropAnswer: true });
  ecr.inject({ on: 'CompleteLayerUpload', lieAboutDigest: true });

  await expect(describe()).rejects.toMatchObject({ name: 'ThrottlingException' });
  await expect(describe()).rejects.toThrow();
  await expect(describe()).rejects.toThrow();
  await describe();

  const bytes = Buffer.from('layer');
  expect(await upload(started, bytes)).not.toBe(digestOf(bytes));
  expect(
    ecr.calls.filter(({ operation }) => operation === 'DescribeRepositories').map(({ status }) => status),
  ).toEqual([400, 0, 0, 200]);
});

test('the signature of the registry face is the token, and nothing else', async () => {
  const started = await startClient();
  const headers = await logInWith(started);

  const known = await fetch(`${started.ecr.url}/v2/`, { headers });
  const unknown = await fetch(`${started.ecr.url}/v2/`);

  expect([known.status, unknown.status]).toEqual([200, 401]);
  expect(unknown.headers.get('www-authenticate')).toMatch(/^Basic /);
});
