import { randomBytes } from 'node:crypto';
import { get } from 'node:http';
import {
  BatchCheckLayerAvailabilityCommand,
  CreateRepositoryCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecr';
import { expect, test } from 'vitest';
import { makeImage } from '../../test/make-image.ts';
import {
  logInWith,
  openClient,
  putImage,
  repositoryName,
  startClient,
  upload,
} from '../../test/start-client.ts';
import { startTarget } from '../../test/start-target.ts';
import { publishImage } from '../publish/publish-image.ts';

const [own, other] = ['123456789012', '234567890123'];
const accounts = { AKIAOTHER: other };

test('a request is about the registry that it names last, behind a layer of 3 MB', async () => {
  const { ecr, client } = await startClient({}, { create: false });
  await client.send(new CreateRepositoryCommand({ registryId: other, repositoryName }));

  const digest = await upload({ client }, randomBytes(3_000_000), { registryId: other });

  const { layers } = await client.send(
    new BatchCheckLayerAvailabilityCommand({ registryId: other, repositoryName, layerDigests: [digest] }),
  );
  expect(layers).toMatchObject([{ layerAvailability: 'AVAILABLE', layerSize: 3_000_000 }]);
  expect(ecr.registry(own).repositories.size).toBe(0);
});

test.each(['12345', 'abcdefghijkl', 123456789012])('the account %j is refused', async (registryId) => {
  const { client } = await startClient({}, { create: false });

  const described = client.send(new DescribeRepositoriesCommand({ registryId: registryId as string }));

  await expect(described).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test.each([
  ['cn-north-1', 'aws-cn', '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn'],
  ['us-gov-west-1', 'aws-us-gov', '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com'],
  ['eusc-de-east-1', 'aws-eusc', '123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu'],
])('%s has ARNs of %s and the host %s', async (region, partition, host) => {
  const { client } = await startClient({ proxied: true }, { region });
  const resourceArn = `arn:${partition}:ecr:${region}:123456789012:repository/iris`;

  const { repositories } = await client.send(new DescribeRepositoriesCommand({}));
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  await client.send(
    new TagResourceCommand({
      resourceArn,
      tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    }),
  );
  await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a', 'none'] }));

  expect(repositories).toMatchObject([{ repositoryArn: resourceArn, repositoryUri: `${host}/iris` }]);
  expect(authorizationData).toMatchObject([{ proxyEndpoint: `http://${host}` }]);
  expect(await client.send(new ListTagsForResourceCommand({ resourceArn }))).toMatchObject({
    tags: [{ Key: 'b', Value: '2' }],
  });
  expect(await client.send(new DescribeRegistryCommand({}))).toMatchObject({
    registryId: own,
    replicationConfiguration: { rules: [] },
  });
});

test.each([
  'arn:aws:ecr:cn-north-1:123456789012:repository/iris',
  'arn:aws-cn:ecr:cn-northwest-1:123456789012:repository/iris',
  'arn:aws-cn:s3:cn-north-1:123456789012:repository/iris',
  'iris',
])('the ARN %s names nothing of cn-north-1', async (resourceArn) => {
  const { client } = await startClient({}, { region: 'cn-north-1' });

  const listed = client.send(new ListTagsForResourceCommand({ resourceArn }));

  await expect(listed).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('a region that AWS does not have is refused', async () => {
  const { ecr } = await startClient();
  const client = openClient(ecr, { region: 'eu-nowhere' });

  await expect(client.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({
    name: 'InvalidSignatureException',
  });
});

test('who may not do something is named in the partition and by the account of the signature', async () => {
  const { client } = await startClient({ policy: [], accounts }, { create: false, region: 'us-gov-east-1' });

  const described = client.send(new DescribeRepositoriesCommand({ registryId: other }));

  await expect(described).rejects.toThrow(
    `User: arn:aws-us-gov:iam::${own}:user/tester is not authorized to perform: ecr:DescribeRepositories on resource: arn:aws-us-gov:ecr:us-gov-east-1:${other}:repository/*`,
  );
});

test('one token serves all accounts: the host says which', async () => {
  const { ecr, client } = await startClient({ accounts });
  const theirs = openClient(ecr, { accessKeyId: 'AKIAOTHER' });
  await theirs.send(new CreateRepositoryCommand({ repositoryName }));
  await putImage({ ecr, client }, 'ours');
  await putImage({ ecr, client: theirs }, 'theirs');
  const headers = await logInWith({ client });

  const seen = [];
  for (const host of [
    undefined,
    `${own}.dkr.ecr.us-east-1.amazonaws.com`,
    `${other}.dkr.ecr.us-east-1.amazonaws.com`,
  ])
    seen.push(await listTags(ecr.url, { ...headers, ...(host !== undefined && { host }) }));

  expect(seen).toEqual([['ours'], ['ours'], ['theirs']]);
});

async function listTags(url: string, headers: Record<string, string>): Promise<readonly string[]> {
  // fetch does not let a Host header through.
  const [answer] = await new Promise<Buffer[]>((resolve, reject) => {
    get(`${url}/v2/iris/tags/list`, { headers }, (reply) => resolve(reply.toArray())).once('error', reject);
  });
  return JSON.parse(String(answer)).tags;
}

test('a token is given for each account that is named', async () => {
  const { client } = await startClient({ proxied: true });

  const { authorizationData = [] } = await client.send(
    new GetAuthorizationTokenCommand({ registryIds: [own, other] }),
  );

  expect(authorizationData.map(({ proxyEndpoint }) => proxyEndpoint)).toEqual([
    'http://123456789012.dkr.ecr.us-east-1.amazonaws.com',
    'http://234567890123.dkr.ecr.us-east-1.amazonaws.com',
  ]);
});

test.each(['registry', 'ecr-api'] as const)(
  'an image is published to another account by %s',
  async (transport) => {
    const { ecr, connect } = await startTarget({ proxied: true });
    const connection = await connect({ region: 'cn-north-1', proxy: { http: ecr.url } });
    const target = { connection, repository: 'iris', registryId: other };

    const { references, digest } = await publishImage(makeImage(['base']), {
      targets: [target],
      tags: ['v1'],
      transport,
    });

    expect(references).toEqual([`${other}.dkr.ecr.cn-north-1.amazonaws.com.cn/iris@${digest}`]);
    expect(ecr.registry(other, 'cn-north-1').repositories.get('iris')?.tags.get('v1')).toBe(digest);
    expect(ecr.registry(own, 'cn-north-1').repositories.size).toBe(0);
  },
);
