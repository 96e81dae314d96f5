import { randomBytes } from 'node:crypto';
import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeImageScanFindingsCommand,
  DescribeImageSigningStatusCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ListImagesCommand,
  PutImageCommand,
  paginateDescribeImageScanFindings,
  paginateDescribeImages,
  paginateDescribeRepositories,
  paginateListImages,
  StartImageScanCommand,
  type TagStatus,
} from '@aws-sdk/client-ecr';
import { digestOf } from '@optml/image/manifest';
import { expect, test } from 'vitest';
import {
  logInWith,
  putImage,
  putIndex,
  repositoryName,
  type StartedClient,
  startClient,
} from '../../test/start-client.ts';

const digestOfText = (text: string) => digestOf(Buffer.from(text));

/** Three images with the tags a, b and c, b also as d, and one without a tag. */
async function startFilled(): Promise<StartedClient & { readonly digests: readonly string[] }> {
  const started = await startClient();
  const manifests = [];
  for (const tag of ['a', 'b', 'c', undefined]) manifests.push(await putImage(started, tag));
  const [, imageManifest] = manifests;
  await started.client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: 'd' }));
  return { ...started, digests: manifests.map(digestOfText) };
}

async function collect<Page>(pages: AsyncIterable<Page>): Promise<readonly Page[]> {
  const all = [];
  for await (const page of pages) all.push(page);
  return all;
}

test('every list comes in pages', async () => {
  const { client, digests } = await startFilled();
  for (const name of ['two', 'three'])
    await client.send(new CreateRepositoryCommand({ repositoryName: name }));
  const config = { client, pageSize: 2 };

  const repositories = await collect(paginateDescribeRepositories(config, {}));
  const descriptions = await collect(paginateDescribeImages(config, { repositoryName }));
  const names = await collect(paginateListImages(config, { repositoryName }));

  expect(repositories.map((page) => page.repositories?.map((found) => found.repositoryName))).toEqual([
    ['iris', 'three'],
    ['two'],
  ]);
  expect(descriptions.map(({ imageDetails }) => imageDetails?.length)).toEqual([2, 2]);
  expect(
    descriptions.flatMap(({ imageDetails = [] }) => imageDetails.map((image) => image.imageDigest)),
  ).toEqual([...digests].sort());
  expect(names.map(({ imageIds }) => imageIds?.length)).toEqual([2, 2, 1]);
  expect(names.flatMap(({ imageIds = [] }) => imageIds.map(({ imageTag }) => imageTag)).sort()).toEqual([
    'a',
    'b',
    'c',
    'd',
    undefined,
  ]);
});

test('a list goes on where it was when what it has shown was deleted', async () => {
  const { client } = await startFilled();
  const first = await client.send(new ListImagesCommand({ repositoryName, maxResults: 2 }));
  await client.send(new BatchDeleteImageCommand({ repositoryName, imageIds: first.imageIds }));

  const { nextToken } = first;
  const second = await client.send(new ListImagesCommand({ repositoryName, nextToken }));

  const left = await client.send(new ListImagesCommand({ repositoryName }));
  expect(second.imageIds).toHaveLength(3);
  expect(left.imageIds).toEqual(second.imageIds);
});

test('100 items are a page when nobody says how many', async () => {
  const { client } = await startClient({}, { create: false });
  const names = Array.from({ length: 101 }, (_, index) => `name-${100 + index}`);
  for (const name of names) await client.send(new CreateRepositoryCommand({ repositoryName: name }));

  const first = await client.send(new DescribeRepositoriesCommand({}));
  const second = await client.send(new DescribeRepositoriesCommand({ nextToken: first.nextToken }));
  const all = await client.send(new DescribeRepositoriesCommand({ maxResults: 1000 }));

  expect(first.repositories?.map((found) => found.repositoryName)).toEqual(names.slice(0, 100));
  expect(second).toMatchObject({ repositories: [{ repositoryName: 'name-200' }] });
  expect(second.nextToken ?? all.nextToken).toBeUndefined();
  expect(all.repositories).toHaveLength(101);
});

test.each<[TagStatus | undefined, readonly (string | undefined)[], number]>([
  ['TAGGED', ['a', 'b', 'c', 'd'], 3],
  ['UNTAGGED', [undefined], 1],
  ['ANY', ['a', 'b', 'c', 'd', undefined], 4],
  [undefined, ['a', 'b', 'c', 'd', undefined], 4],
])('the filter %s lets %j through', async (tagStatus, tags, images) => {
  const { client } = await startFilled();
  const filter = tagStatus === undefined ? undefined : { tagStatus };

  const { imageIds = [] } = await client.send(new ListImagesCommand({ repositoryName, filter }));
  const { imageDetails = [] } = await client.send(new DescribeImagesCommand({ repositoryName, filter }));

  expect(imageIds.map(({ imageTag }) => imageTag).sort()).toEqual(tags);
  expect(imageDetails).toHaveLength(images);
});

test('images are described with the kind of their config', async () => {
  const { client } = await startFilled();

  const { imageDetails } = await client.send(
    new DescribeImagesCommand({
      repositoryName,
      imageIds: [{ imageTag: 'b' }],
      filter: { imageStatus: 'ACTIVE' },
    }),
  );

  expect(imageDetails).toMatchObject([
    { imageTags: ['b', 'd'], artifactMediaType: 'application/vnd.docker.container.image.v1+json' },
  ]);
});

test.each<
  [
    string,
    (token: string | undefined) => DescribeRepositoriesCommand | ListImagesCommand | DescribeImagesCommand,
  ]
>([
  ['0 results', () => new ListImagesCommand({ repositoryName, maxResults: 0 })],
  ['1001 results', () => new DescribeImagesCommand({ repositoryName, maxResults: 1001 })],
  ['half a result', () => new DescribeRepositoriesCommand({ maxResults: 1.5 })],
  ['a token of nobody', () => new ListImagesCommand({ repositoryName, nextToken: 'nonsense' })],
  ['a token of another list', (nextToken) => new DescribeImagesCommand({ repositoryName, nextToken })],
  [
    'a size beside names',
    () => new DescribeRepositoriesCommand({ repositoryNames: ['iris'], maxResults: 1 }),
  ],
  [
    'a token beside names',
    () => new DescribeRepositoriesCommand({ repositoryNames: ['iris'], nextToken: 'x' }),
  ],
  [
    'a size beside ids',
    () => new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'a' }], maxResults: 1 }),
  ],
  [
    'an unknown filter',
    () => new ListImagesCommand({ repositoryName, filter: { tagStatus: 'SOME' as TagStatus } }),
  ],
])('%s is refused', async (_, ask) => {
  const { client } = await startFilled();
  const { nextToken } = await client.send(new ListImagesCommand({ repositoryName, maxResults: 1 }));

  await expect(client.send(ask(nextToken) as ListImagesCommand)).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
});

test('an image goes with its last tag, and what cannot be deleted is a failure', async () => {
  const { client, digests } = await startFilled();
  const remove = (...imageIds: object[]) =>
    client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
  const list = async () => (await client.send(new ListImagesCommand({ repositoryName }))).imageIds ?? [];

  const first = await remove(
    { imageTag: 'b' },
    { imageTag: 'none' },
    { imageDigest: digestOfText('none') },
    {},
  );
  const afterFirst = await list();
  const second = await remove(
    { imageTag: 'd' },
    { imageTag: 'a', imageDigest: digests[2] },
    { imageDigest: 'nonsense' },
    { imageDigest: digests[3] },
  );

  expect(first.imageIds).toEqual([{ imageTag: 'b', imageDigest: digests[1] }]);
  expect(first.failures?.map(({ failureCode }) => failureCode)).toEqual([
    'ImageNotFound',
    'ImageNotFound',
    'MissingDigestAndTag',
  ]);
  expect(afterFirst).toContainEqual({ imageTag: 'd', imageDigest: digests[1] });
  expect(second.imageIds).toEqual([{ imageTag: 'd', imageDigest: digests[1] }, { imageDigest: digests[3] }]);
  expect(second.failures).toMatchObject([
    { imageId: { imageTag: 'a', imageDigest: digests[2] }, failureCode: 'ImageTagDoesNotMatchDigest' },
    { imageId: { imageDigest: 'nonsense' }, failureCode: 'InvalidImageDigest' },
  ]);
  expect((await list()).map(({ imageTag }) => imageTag).sort()).toEqual(['a', 'c']);
});

test('an image that an index names is not deleted before the index', async () => {
  const started = await startClient();
  const { client } = started;
  const [tagged, plain] = [await putImage(started, 'amd64'), await putImage(started)];
  const index = await putIndex(started, [tagged, plain], 'all');
  const remove = (...imageIds: object[]) =>
    client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));

  const refused = await remove({ imageTag: 'amd64' }, { imageDigest: digestOfText(plain) });
  const scanned = client.send(new StartImageScanCommand({ repositoryName, imageId: { imageTag: 'all' } }));
  await expect(scanned).rejects.toMatchObject({ name: 'UnsupportedImageTypeException' });
  const removed = await remove(
    { imageTag: 'all' },
    { imageTag: 'amd64' },
    { imageDigest: digestOfText(plain) },
  );

  expect(refused.failures?.map(({ failureCode, failureReason }) => [failureCode, failureReason])).toEqual(
    Array(2).fill([
      'ImageReferencedByManifestList',
      `Requested image referenced by manifest list: [${digestOfText(index)}]`,
    ]),
  );
  expect(removed).toMatchObject({ failures: [], imageIds: { length: 3 } });
});

test('a scan that was started goes on and ends, once for an image', async () => {
  const started = await startFilled();
  const { client, digests } = started;
  const subject = { repositoryName, imageId: { imageTag: 'a' } };
  const names = {
    registryId: '123456789012',
    repositoryName,
    imageId: { imageTag: 'a', imageDigest: digests[0] },
  };

  const missing = client.send(new DescribeImageScanFindingsCommand(subject));
  await expect(missing).rejects.toMatchObject({ name: 'ScanNotFoundException' });
  const begun = await client.send(new StartImageScanCommand(subject));
  const again = client.send(new StartImageScanCommand(subject));
  await expect(again).rejects.toMatchObject({ name: 'LimitExceededException' });
  const states = [];
  for (const _ of [1, 2, 3]) states.push(await client.send(new DescribeImageScanFindingsCommand(subject)));
  const signatures = await client.send(new DescribeImageSigningStatusCommand(subject));

  expect(begun).toMatchObject({ ...names, imageScanStatus: { status: 'IN_PROGRESS' } });
  expect(states.map(({ imageScanStatus }) => imageScanStatus?.status)).toEqual([
    'IN_PROGRESS',
    'COMPLETE',
    'COMPLETE',
  ]);
  expect(states[1]).toMatchObject({
    ...names,
    imageScanFindings: { imageScanCompletedAt: expect.any(Date) },
  });
  expect(signatures).toMatchObject({ ...names, signingStatuses: [] });
});

test.each([
  ['findings', 'name'],
  ['enhancedFindings', 'title'],
])('the pages of %s are those of one scan', async (list, member) => {
  const { ecr, client, digests } = await startFilled();
  const found = Array.from({ length: 5 }, (_, index) => ({
    [member]: `CVE-${index}-${randomBytes(2).toString('hex')}`,
  }));
  const findings = { findingSeverityCounts: { HIGH: 5 }, [list]: found };
  ecr
    .registry()
    .repositories.get(repositoryName)
    ?.scans.set(digests[0] ?? '', [{ status: 'COMPLETE', findings }, { status: 'FAILED' }]);
  const subject = { repositoryName, imageId: { imageDigest: digests[0] } };

  const pages = await collect(paginateDescribeImageScanFindings({ client, pageSize: 2 }, subject));
  const after = await client.send(new DescribeImageScanFindingsCommand(subject));

  expect(pages.map(({ imageScanStatus }) => imageScanStatus?.status)).toEqual(Array(3).fill('COMPLETE'));
  expect(
    pages.flatMap(({ imageScanFindings }) => imageScanFindings?.[list as 'findings'] ?? []),
  ).toMatchObject(found);
  expect(after.imageScanStatus?.status).toBe('FAILED');
});

test('the registry API lists tags in pages, and deletes by tag', async () => {
  const started = await startFilled();
  const headers = await logInWith(started);
  const at = (path: string, method = 'GET') => fetch(`${started.ecr.url}${path}`, { headers, method });

  const first = await at('/v2/iris/tags/list?n=3');
  const next = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await at(next);
  const deleted = [await at('/v2/iris/manifests/a', 'DELETE'), await at('/v2/iris/manifests/a', 'DELETE')];

  expect([await first.json(), await second.json()]).toEqual([
    { name: 'iris', tags: ['a', 'b', 'c'] },
    { name: 'iris', tags: ['d'] },
  ]);
  expect(second.headers.get('link')).toBeNull();
  expect(deleted.map(({ status }) => status)).toEqual([202, 404]);
});
