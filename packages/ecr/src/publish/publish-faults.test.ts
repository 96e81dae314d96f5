/** What publishing does when the registry, the network, the account or another publisher gets in its way. */

import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { makeImage } from '../../test/make-image.ts';
import { type StartedTarget, startTarget } from '../../test/start-target.ts';
import { type ConnectionOptions, connectEcr } from '../connection/connection.ts';
import { openRegistry } from '../connection/open-registry.ts';
import type { RepositorySettings } from '../repository/ensure-repository.ts';
import { startFakeEcr } from '../testing/fake-ecr.ts';
import type { FakeEcrFault, FakeEcrOptions } from '../testing/fake-ecr-options.ts';
import { describePolicy } from './iam-policy.ts';
import { type PublishOptions, planPublish } from './plan-publish.ts';
import { publishImage } from './publish-image.ts';
import type { Transport } from './publish-target.ts';

const repository = 'iris';

interface Started extends StartedTarget {
  publish(
    image: ReturnType<typeof makeImage>,
    options?: Partial<PublishOptions> & { readonly settings?: RepositorySettings },
  ): ReturnType<typeof publishImage>;
  tagged(tag?: string): string | undefined;
}

async function start(
  options: FakeEcrOptions = {},
  connectionOptions: ConnectionOptions = {},
): Promise<Started> {
  const started = await startTarget(options);
  const connection = await started.connect(connectionOptions);
  return {
    ...started,
    connection,
    publish: (image, { settings, ...more } = {}) =>
      publishImage(image, {
        targets: [{ connection, repository, ...(settings && { settings }) }],
        tags: ['v1'],
        ...more,
      }),
    tagged: (tag = 'v1') => started.ecr.registry().repositories.get(repository)?.tags.get(tag),
  };
}

const random = (bytes = 300_000) => ({ tar: randomBytes(bytes) });

test.each<[string, FakeEcrFault, Transport]>([
  ['the connection ends at the first byte of a layer', { on: 'PUT upload', dropAfterBytes: 1 }, 'registry'],
  ['the connection ends in the middle of a layer', { on: 'PUT upload', dropAfterBytes: 150_000 }, 'registry'],
  ['the answer to a layer is lost', { on: 'PUT upload', dropAnswer: true }, 'registry'],
  ['the beginning of an upload is lost', { on: 'POST upload', dropAnswer: true }, 'registry'],
  [
    'the registry is throttled',
    { on: 'PUT upload', answer: { type: 'TOOMANYREQUESTS', status: 429 } },
    'registry',
  ],
  ['the registry fails', { on: 'POST upload', answer: { type: 'UNKNOWN', status: 503 } }, 'registry'],
  ['a part is lost', { on: 'UploadLayerPart', dropAfterBytes: 100_000 }, 'ecr-api'],
  ['the answer to a part is lost', { on: 'UploadLayerPart', dropAnswer: true }, 'ecr-api'],
  ['the answer to the end of an upload is lost', { on: 'CompleteLayerUpload', dropAnswer: true }, 'ecr-api'],
  [
    'an upload is forgotten',
    { on: 'UploadLayerPart', answer: { type: 'UploadNotFoundException' } },
    'ecr-api',
  ],
  [
    'bytes of a layer are changed on the way',
    { on: 'CompleteLayerUpload', answer: { type: 'InvalidLayerException' } },
    'ecr-api',
  ],
  ['the API throttles', { on: 'InitiateLayerUpload', answer: { type: 'ThrottlingException' } }, 'ecr-api'],
  ['the answer to the image is lost', { on: 'PutImage', dropAnswer: true }, 'auto'],
  ['the API fails', { on: 'CreateRepository', answer: { type: 'ServerException', status: 500 } }, 'auto'],
  [
    'a layer is said to be missing at the end',
    { on: 'PutImage', answer: { type: 'LayersNotFoundException' } },
    'auto',
  ],
])('the image is whole although %s', async (_, fault, transport) => {
  const { ecr, publish, tagged } = await start();
  ecr.inject(fault);

  const { digest } = await publish(makeImage(['base', random()]), { transport });

  expect(tagged()).toBe(digest);
  expect(ecr.calls.filter(({ operation }) => operation === fault.on).length).toBeGreaterThan(1);
});

test.each<Transport>(['auto', 'registry', 'ecr-api'])(
  'a layer that is missing where the image comes from is announced as missing there (%s)',
  async (transport) => {
    const { publish, tagged } = await start();
    const source = await startTarget();
    await source.connection.call('CreateRepository', { repositoryName: 'base' });
    const registry = await openRegistry(source.connection);
    const image = makeImage([{ tar: randomBytes(1000), stored: true }]);
    const layers = image.layers.map((layer) => ({
      ...layer,
      compress: async () => {
        const { descriptor } = await layer.compress();
        return {
          descriptor,
          open: (signal?: AbortSignal) => registry.openBlob(descriptor, { repository: 'base', signal }),
        };
      },
    }));
    const notices: string[] = [];

    const publishing = publish(
      { ...image, layers },
      { transport, onEvent: (event) => event.kind === 'notice' && notices.push(event.message) },
    );

    await expect(publishing).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringMatching(
        new RegExp(
          `cannot read a layer of base: the registry ${registry.host} answered with status 404.*push it again`,
        ),
      ),
    });
    expect(notices).toEqual([]);
    expect(tagged()).toBeUndefined();
  },
);

test('an upload goes on behind the last byte that ECR has', async () => {
  const { ecr, publish, tagged } = await start({ partBytes: 100_000, minimumPartBytes: 1 });
  ecr.inject({ on: 'UploadLayerPart', dropAnswer: true });
  ecr.inject({ on: 'UploadLayerPart', dropAnswer: true });

  const { digest } = await publish(makeImage([random()]), { transport: 'ecr-api' });

  const parts = ecr.calls.filter(({ operation }) => operation === 'UploadLayerPart');
  expect(tagged()).toBe(digest);
  expect(ecr.calls.filter(({ operation }) => operation === 'InitiateLayerUpload')).toHaveLength(2);
  // Four of the layer, one of the config, and one for each lost answer.
  expect(parts.length).toBe(5 + 2);
});

test('a registry out of reach is left for the layer API, once for all layers', async () => {
  const { ecr, publish, tagged } = await start();
  ecr.inject({ on: 'POST upload', times: 1000, dropAfterBytes: 0 });
  const notices: string[] = [];

  const { digest } = await publish(makeImage(['base', 'application']), {
    concurrency: 1,
    onEvent: (event) => event.kind === 'notice' && notices.push(event.message),
  });

  expect(tagged()).toBe(digest);
  expect(notices).toEqual([expect.stringContaining("continuing with ECR's layer API")]);
});

test.each<[string, FakeEcrFault, Transport, string]>([
  [
    'a lying answer to a layer',
    { on: 'PUT upload', times: 9, lieAboutDigest: true },
    'registry',
    'BLOB_MISMATCH',
  ],
  [
    'a lying end of an upload',
    { on: 'CompleteLayerUpload', times: 9, lieAboutDigest: true },
    'ecr-api',
    'DIGEST_MISMATCH',
  ],
  ['a lying answer to the image', { on: 'PutImage', lieAboutDigest: true }, 'auto', 'VERIFICATION_FAILED'],
  ['a lying look at the image', { on: 'BatchGetImage', lieAboutDigest: true }, 'auto', 'DIGEST_MISMATCH'],
])('%s is an error', async (_, fault, transport, code) => {
  const { ecr, publish } = await start();
  ecr.inject(fault);

  await expect(publish(makeImage(['base']), { transport })).rejects.toMatchObject({ code });
});

test('a layer that the registry refuses is named once, and so is where it was to go', async () => {
  const { ecr, publish } = await start();
  ecr.inject({ on: 'PUT upload', times: 100, answer: { type: 'UNSUPPORTED', status: 400 } });

  const failed = publish(makeImage(['base']), { transport: 'registry' });

  const host = new URL(ecr.url).host;
  await expect(failed).rejects.toMatchObject({
    code: 'UPLOAD_FAILED',
    message: expect.stringMatching(
      `^sha256:[0-9a-f]{64}: cannot upload a layer to ${repository}: the registry ${host} answered with status 400`,
    ),
  });
});

test('no tag moves in any region when one of them fails', async () => {
  const { ecr, connection, connect, tagged } = await start();
  const other = await connect({ region: 'eu-west-1' });
  const targets = [
    { connection, repository },
    { connection: other, repository },
  ] as const;
  const before = await publishImage(makeImage(['base']), { targets, tags: ['v1'] });
  ecr.inject({ on: 'CompleteLayerUpload', times: 100, answer: { type: 'InvalidLayerException' } });

  const failed = publishImage(makeImage(['base', 'new']), { targets, tags: ['v1'], transport: 'ecr-api' });

  await expect(failed).rejects.toMatchObject({ code: 'UPLOAD_FAILED' });
  expect(tagged()).toBe(before.digest);
  expect(ecr.registry(undefined, 'eu-west-1').repositories.get(repository)?.tags.get('v1')).toBe(
    before.digest,
  );
});

test('a run that is stopped leaves the tag, and the next run ends with the same image', async () => {
  const { ecr, publish, tagged } = await start();
  const before = await publish(makeImage(['base']));
  const image = () =>
    makeImage(['base', { tar: Buffer.alloc(200_000, 'x') }, { tar: Buffer.alloc(200_000, 'y') }]);
  const planned = await start();
  const expected = (await planned.publish(image())).digest;
  const stop = new AbortController();

  const stopped = publish(image(), {
    signal: stop.signal,
    concurrency: 1,
    onEvent: ({ kind }) => kind === 'sent' && stop.abort(),
  });

  await expect(stopped).rejects.toThrow('aborted');
  expect(tagged()).toBe(before.digest);
  const sentBefore = ecr.calls.filter(({ operation }) => operation === 'PUT upload').length;
  expect((await publish(image())).digest).toBe(expected);
  // The layer that had arrived is not sent again.
  expect(ecr.calls.filter(({ operation }) => operation === 'PUT upload').length - sentBefore).toBe(2);
});

test('several regions and accounts get one digest, also where one of them has another form of a layer', async () => {
  const { connection, connect } = await start({ accounts: { OTHER: '222222222222' } });
  const targets = [
    { connection, repository },
    { connection: await connect({ region: 'eu-west-1' }), repository },
    { connection: await connect({ accessKeyId: 'OTHER' }), repository },
  ] as const;
  const tar = Buffer.from('the same files '.repeat(1000));
  await publishImage(makeImage([{ tar, level: 1 }]), { targets: [targets[0]], tags: ['v1'] });

  const result = await publishImage(makeImage([{ tar, level: 9 }, 'application']), {
    targets,
    tags: ['v1', 'v2'],
  });

  expect(result.references).toEqual([
    `123456789012.dkr.ecr.us-east-1.amazonaws.com/iris@${result.digest}`,
    `123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris@${result.digest}`,
    `222222222222.dkr.ecr.us-east-1.amazonaws.com/iris@${result.digest}`,
  ]);
});

test('a layer in the archive class is sent again', async () => {
  const { ecr, publish } = await start();
  const { layers } = await publish(makeImage(['base', 'application']));
  const { archivedLayers } = ecr.registry().repositories.get(repository) ?? {};
  archivedLayers?.add(layers[0]?.digest ?? '');

  const again = await publish(makeImage(['base', 'application']));

  expect(again.layers.map(({ reused }) => reused)).toEqual([false, true]);
  expect(archivedLayers?.size).toBe(0);
});

test('a layer of a base in the same registry is mounted, and not sent', async () => {
  const { ecr, connection, publish } = await start({ mounting: 'mounted' });
  const base = { tar: randomBytes(100_000), kind: 'base' as const, stored: true };
  await publishImage(makeImage([base]), { targets: [{ connection, repository: 'bases' }], tags: ['v1'] });
  const origin = { host: new URL(ecr.url).host, repository: 'bases' };
  const image = makeImage([{ ...base, origin }, 'application']);

  const { bytesSent, layers } = await publish(image);

  expect(bytesSent).toBeLessThan(10_000);
  expect(layers).toHaveLength(2);
});

test.each(['ignored', 'forbidden'] as const)('a layer whose mount is %s is sent', async (mounting) => {
  const { ecr, publish, tagged } = await start({ mounting });
  const origin = { host: new URL(ecr.url).host, repository: 'bases' };

  const { digest } = await publish(makeImage([{ tar: randomBytes(1000), stored: true, origin }]));

  expect(tagged()).toBe(digest);
});

test('a tag that is immutable and names another image is refused before anything is sent', async () => {
  const { ecr, publish } = await start();
  const settings = { tagMutability: { immutable: true, except: ['dev-*'] } };
  const { digest } = await publish(makeImage(['one']), { settings, tags: ['v1', 'dev-1'] });
  const callsBefore = ecr.calls.length;

  const moved = publish(makeImage(['two']));

  await expect(moved).rejects.toMatchObject({
    code: 'TAG_IMMUTABLE',
    message: expect.stringContaining(digest),
  });
  expect(
    ecr.calls.slice(callsBefore).filter(({ operation }) => /upload|Put|Layer(Upload|Part)/.test(operation)),
  ).toEqual([]);
  await publish(makeImage(['two']), { tags: ['dev-1'] });
  expect(await publish(makeImage(['one']))).toMatchObject({ digest, targets: [{ unchanged: true }] });
});

test.each([
  ['ExpiredTokenException', 'CREDENTIALS_EXPIRED', /sign in again/],
  ['UnrecognizedClientException', 'CREDENTIALS_INVALID', /check the access key/],
  ['KmsException', 'KEY_UNUSABLE', /KMS key/],
  ['LimitExceededException', 'QUOTA_EXCEEDED', /quota/],
  ['ThrottlingException', 'THROTTLED', /run again later/],
])('%s becomes %s, and says what to do', async (type, code, message) => {
  const { ecr, publish } = await start({}, { attempts: 2 });
  ecr.inject({ on: 'DescribeRepositories', times: 9, answer: { type } });

  await expect(publish(makeImage(['base']))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    cause: expect.any(Error),
  });
});

test('no credentials, no such region and an endpoint out of reach are told apart', async () => {
  const none = async () =>
    Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' }));
  const noCredentials = await start({}, { credentials: none });
  const unreachable = await start({}, { endpoint: 'http://127.0.0.1:1', attempts: 1 });
  const noRegion = await start(
    {},
    { region: 'mars-east-1', endpoint: 'https://api.ecr.mars-east-1.invalid', attempts: 1 },
  );
  const noHost = await start({}, { endpoint: 'https://ecr.company.invalid', attempts: 1 });

  await expect(noCredentials.publish(makeImage(['base']))).rejects.toMatchObject({
    code: 'CREDENTIALS_MISSING',
  });
  await expect(unreachable.publish(makeImage(['base']))).rejects.toMatchObject({
    code: 'ENDPOINT_UNREACHABLE',
  });
  await expect(noRegion.publish(makeImage(['base']))).rejects.toMatchObject({ code: 'REGION_INVALID' });
  await expect(noHost.publish(makeImage(['base']))).rejects.toMatchObject({
    code: 'ENDPOINT_UNREACHABLE',
    message: expect.stringContaining('"ecr.company.invalid"'),
  });
});

test('a session of SSO that has ended is told from credentials that are not there', async () => {
  const said = 'The SSO session token associated with profile=p was not found or is invalid.';
  const failing = async () =>
    Promise.reject(Object.assign(new Error(said), { name: 'CredentialsProviderError' }));
  const { publish } = await start({}, { credentials: failing });

  await expect(publish(makeImage(['base']))).rejects.toMatchObject({
    code: 'CREDENTIALS_EXPIRED',
    message: expect.stringContaining(said),
  });
});

test('a name that no repository can have is refused before anything is asked', async () => {
  const { ecr, connection } = await start();

  const published = publishImage(makeImage(['base']), {
    targets: [{ connection, repository: 'Team/Iris' }],
    tags: ['v1'],
  });

  await expect(published).rejects.toMatchObject({ code: 'REPOSITORY_INVALID' });
  expect(ecr.calls).toEqual([]);
});

test('a region that another endpoint does not know is said to be wrong, and not the credentials', async () => {
  const { ecr, publish } = await start();
  const message = "Credential should be scoped to a valid region, not 'us-est-1'.";
  ecr.inject({ on: 'DescribeRepositories', answer: { type: 'InvalidSignatureException', message } });

  await expect(publish(makeImage(['base']))).rejects.toMatchObject({
    code: 'REGION_INVALID',
    message: expect.stringContaining('AWS_ENDPOINT_URL_ECR'),
  });
});

test.each(['US-EAST-1', 'us_east_1', 'us-east-1a', 'us-east-1 ', 'https://us-east-1'])(
  'a region named %j is refused before anything is asked',
  async (region) => {
    await expect(connectEcr({ region })).rejects.toMatchObject({ code: 'REGION_INVALID', region });
  },
);

test.each(['vpce-0a1b.api.ecr.us-east-1.vpce.amazonaws.com', 'localhost:5000'])(
  'an endpoint without a scheme, %s, is refused before anything is asked',
  async (endpoint) => {
    const connected = connectEcr({ region: 'us-east-1', endpoint });

    await expect(connected).rejects.toMatchObject({
      code: 'ENDPOINT_UNREACHABLE',
      message: expect.stringContaining(`"${endpoint}"`),
    });
  },
);

test('a repository that is deleted in the middle is said', async () => {
  const { ecr, publish } = await start();
  const deleteIt = () => ecr.registry().repositories.delete(repository);

  const published = publish(makeImage(['base', 'application']), {
    transport: 'ecr-api',
    onEvent: ({ kind }) => kind === 'sent' && deleteIt(),
  });

  await expect(published).rejects.toMatchObject({ code: 'REPOSITORY_MISSING' });
});

test.each<[Transport, RepositorySettings | undefined]>([
  ['registry', undefined],
  ['ecr-api', undefined],
  [
    'auto',
    {
      tagMutability: { immutable: true, except: ['v*'] },
      lifecyclePolicy: { rules: [] },
      policy: [{ Sid: 'A', Effect: 'Allow', Action: 'ecr:BatchGetImage' }],
      tags: { team: 'iris' },
    },
  ],
])('the policy that is printed for %s is enough', async (transport, settings) => {
  const repositories = [{ region: 'us-east-1', accountId: '123456789012', repository }];
  const policy = describePolicy({
    command: 'publish',
    create: true,
    transport,
    settings,
    repositories,
  }).Statement;
  const { publish } = await start({ policy });
  const more = { transport, ...(settings && { settings }) };
  await publish(makeImage(['base', 'one']), more);

  const { layers } = await publish(makeImage(['base', 'two']), { ...more, tags: ['v2'] });

  expect(layers.map(({ reused }) => reused)).toEqual([true, false]);
});

test('each permission that a first run cannot do without is named when it is missing', async () => {
  const repositories = [{ region: 'us-east-1', accountId: '123456789012', repository }];
  const need = { command: 'publish', create: true, transport: 'ecr-api', repositories } as const;
  const [statement] = describePolicy(need).Statement;
  const actions = statement?.Action ?? [];
  // A first run has no image to look at.
  const unused = ['ecr:DescribeImages', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'];
  for (const missing of actions.filter((action) => !unused.includes(action))) {
    const Action = actions.filter((action) => action !== missing);
    const { publish } = await start({ policy: [{ Effect: 'Allow', Action, Resource: '*' }] });

    await expect(publish(makeImage(['base']), { transport: 'ecr-api' })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      action: missing,
      resource: 'arn:aws:ecr:us-east-1:123456789012:repository/iris',
    });
  }
});

test('a denial of the registry API is told with the action and the ARN', async () => {
  const { publish } = await start({
    policy: [
      { Effect: 'Allow', Action: 'ecr:*', Resource: '*' },
      { Effect: 'Deny', Action: 'ecr:InitiateLayerUpload', Resource: '*' },
    ],
  });

  await expect(publish(makeImage(['base']))).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    message: expect.stringMatching(
      /you are not allowed to use ecr:InitiateLayerUpload on arn:aws:ecr.*denies it explicitly/,
    ),
  });
});

test('an earlier image that cannot be read costs the reuse only', async () => {
  const { ecr, publish } = await start();
  await publish(makeImage(['base', 'one']));
  ecr.inject({ on: 'GET blob', times: 9, answer: { type: 'DENIED', status: 403 } });
  const notices: string[] = [];
  const image = makeImage(['base', 'two']);

  await publish(image, { onEvent: (event) => event.kind === 'notice' && notices.push(event.message) });

  expect(image.compressions).toEqual([0, 1]);
  expect(notices).toEqual([expect.stringMatching(/^cannot reuse layers of iris@sha256:.*: /)]);
});

test('a redirect to another host gets no credentials', async () => {
  const other = await startFakeEcr({ mode: 'spec' });
  onTestFinished(() => other.close());
  const { ecr, connection, publish } = await start();
  await publish(makeImage(['base', 'one']));
  ecr.inject({ on: 'GET blob', times: 9, redirectTo: `${other.url}/v2/iris/blobs/sha256:${'0'.repeat(64)}` });

  await planPublish(makeImage(['base', 'two']), { targets: [{ connection, repository }], tags: ['v1'] });

  // The other host saw the request, and nobody that it knows.
  expect(other.calls.map(({ status, accountId }) => [status, accountId])).toContainEqual([401, '']);
});

test('more than 100 layers are looked for in several calls', async () => {
  const { ecr, connection, publish } = await start();
  const image = makeImage(Array.from({ length: 120 }, (_, index) => `layer ${index}`));
  await connection.call('CreateRepository', { repositoryName: repository });

  await publish(image, { concurrency: 16 });

  expect(ecr.calls.filter(({ operation }) => operation === 'BatchCheckLayerAvailability')).toHaveLength(2);
});

test('a fault of ECR itself is told from one of the network, and an answer that is cut off on one line', async () => {
  const { ecr, publish } = await start({}, { attempts: 1 });
  ecr.inject({
    on: 'DescribeRepositories',
    answer: { type: 'ServerException', message: 'oops', status: 500 },
  });

  await expect(publish(makeImage(['base']))).rejects.toMatchObject({
    code: 'ENDPOINT_UNREACHABLE',
    message: expect.stringMatching(/\(ServerException: oops\): ECR itself failed: run again later/),
  });

  ecr.inject({ on: 'BatchGetImage', truncateAnswerAfterBytes: 5 });
  await expect(publish(makeImage(['base']))).rejects.toMatchObject({
    code: 'ENDPOINT_UNREACHABLE',
    message: expect.stringMatching(
      /^BatchGetImage of iris in us-east-1 failed [^\n]*\(ECONNRESET: aborted\): check/,
    ),
  });
});

test('what all layers run into is noticed once', async () => {
  const { ecr, publish, tagged } = await start();
  const notices: string[] = [];
  ecr.inject({ on: 'POST upload', times: 9, answer: { type: 'DENIED', status: 403 } });

  const { digest } = await publish(makeImage(['one', 'two', 'three']), {
    onEvent: (event) => event.kind === 'notice' && notices.push(event.message),
  });

  expect(notices).toEqual([expect.stringContaining("continuing with ECR's layer API")]);
  expect(tagged()).toBe(digest);
});
