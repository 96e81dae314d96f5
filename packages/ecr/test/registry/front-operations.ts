/** The operations of a front: each becomes requests of the registry API. */

import { EcrFailure } from '../../src/testing/ecr-failure.ts';

type Input = Readonly<Record<string, unknown>>;

const accept = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
].join(', ');

interface FrontState {
  readonly registryUrl: string;
  readonly loginUrl: string;
  /** A registry has no repositories but those with something in them. */
  readonly repositories: Map<string, object>;
  /** Digests in the order in which they were put, by repository. */
  readonly pushed: Map<string, { readonly digest: string; readonly mediaType: string }[]>;
  /** Where the next part of an upload goes. */
  readonly uploads: Map<string, string>;
}

/** Creates the operations of a front. */
export function createFrontOperations(
  urls: Pick<FrontState, 'registryUrl' | 'loginUrl'>,
): (name: string, input: Input) => Promise<object> {
  const state: FrontState = { ...urls, repositories: new Map(), pushed: new Map(), uploads: new Map() };
  return async (name, input) => {
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (operation === undefined)
      throw new EcrFailure('UnknownOperationException', `the front has no ${name}`);
    return operation(input, state);
  };
}

type Operation = (input: Input, state: FrontState) => object | Promise<object>;

const operations: Readonly<Record<string, Operation>> = {
  GetAuthorizationToken: (_, { loginUrl }) => ({
    authorizationData: [
      { authorizationToken: Buffer.from('AWS:front').toString('base64'), proxyEndpoint: loginUrl },
    ],
  }),
  CreateRepository: ({ repositoryName }, { repositories, loginUrl }) => {
    const name = String(repositoryName);
    if (repositories.has(name))
      throw new EcrFailure('RepositoryAlreadyExistsException', `"${name}" already exists`);
    const repository = {
      repositoryName: name,
      registryId: '123456789012',
      repositoryArn: `arn:aws:ecr:us-east-1:123456789012:repository/${name}`,
      repositoryUri: `${new URL(loginUrl).host}/${name}`,
      imageTagMutability: 'MUTABLE',
    };
    repositories.set(name, repository);
    return { repository };
  },
  DescribeRepositories: ({ repositoryNames }, { repositories }) => ({
    repositories: (repositoryNames as string[]).map((name) => {
      const found = repositories.get(name);
      if (found === undefined)
        throw new EcrFailure('RepositoryNotFoundException', `"${name}" does not exist`);
      return found;
    }),
  }),
  BatchCheckLayerAvailability: async ({ repositoryName, layerDigests }, { registryUrl }) => ({
    failures: [],
    layers: await Promise.all(
      (layerDigests as string[]).map(async (layerDigest) => {
        const { ok } = await ask(`${registryUrl}/v2/${repositoryName}/blobs/${layerDigest}`, {
          method: 'HEAD',
        });
        return { layerDigest, layerAvailability: ok ? 'AVAILABLE' : 'UNAVAILABLE' };
      }),
    ),
  }),
  InitiateLayerUpload: async ({ repositoryName }, { registryUrl, uploads }) => {
    const reply = await ask(`${registryUrl}/v2/${repositoryName}/blobs/uploads/`, { method: 'POST' });
    const uploadId = reply.headers.get('docker-upload-uuid') ?? '';
    uploads.set(uploadId, reply.headers.get('location') ?? '');
    return { uploadId, partSize: 10 * 1024 * 1024 };
  },
  UploadLayerPart: async (input, { uploads }) => {
    const uploadId = String(input.uploadId);
    const body = Buffer.from(String(input.layerPartBlob), 'base64');
    const headers = { 'content-range': `${input.partFirstByte}-${input.partLastByte}` };
    const reply = await ask(findLocation(uploads, uploadId), { method: 'PATCH', body, headers });
    if (!reply.ok) throw new EcrFailure('InvalidLayerPartException', await reply.text());
    uploads.set(uploadId, reply.headers.get('location') ?? '');
    return { uploadId, lastByteReceived: input.partLastByte };
  },
  CompleteLayerUpload: async ({ uploadId, layerDigests }, { uploads }) => {
    const [layerDigest = ''] = layerDigests as string[];
    const location = new URL(findLocation(uploads, String(uploadId)));
    location.searchParams.set('digest', layerDigest);
    const reply = await ask(location, { method: 'PUT' });
    if (!reply.ok) throw new EcrFailure('InvalidLayerException', await reply.text());
    return { layerDigest: reply.headers.get('docker-content-digest') ?? '' };
  },
  PutImage: putImage,
  BatchGetImage: batchGetImage,
  DescribeImages: ({ repositoryName }, { pushed }) => ({
    imageDetails: (pushed.get(String(repositoryName)) ?? []).map(({ digest, mediaType }, index) => ({
      imageDigest: digest,
      imageManifestMediaType: mediaType,
      imagePushedAt: 1_700_000_000 + index,
    })),
  }),
  GetDownloadUrlForLayer: ({ repositoryName, layerDigest }, { registryUrl }) => ({
    layerDigest,
    downloadUrl: `${registryUrl}/v2/${repositoryName}/blobs/${layerDigest}`,
  }),
};

/**
 * What the registry answers with, unless it fails for a moment: that is not an answer, and ECR's own word for it makes the
 * SDK ask again. docker-registry 2.8 does so while it replaces the link of a tag that is read at the same time.
 */
async function ask(url: URL | string, init?: RequestInit): Promise<Response> {
  const reply = await fetch(url, init);
  if (reply.status < 500) return reply;
  const said = `the registry answered with status ${reply.status}: ${await reply.text()}`;
  throw new EcrFailure('ServerException', said, { status: 500 });
}

function findLocation(uploads: ReadonlyMap<string, string>, id: string): string {
  const location = uploads.get(id);
  if (location !== undefined) return location;
  throw new EcrFailure('UploadNotFoundException', `the upload ${id} is not known`);
}

async function putImage(input: Input, { registryUrl, pushed }: FrontState): Promise<object> {
  const { repositoryName, imageManifest, imageManifestMediaType, imageTag, imageDigest } = input;
  const mediaType = String(imageManifestMediaType);
  const reply = await ask(`${registryUrl}/v2/${repositoryName}/manifests/${imageTag ?? imageDigest}`, {
    method: 'PUT',
    body: String(imageManifest),
    headers: { 'content-type': mediaType },
  });
  if (!reply.ok) throw new EcrFailure('LayersNotFoundException', await reply.text());
  const digest = reply.headers.get('docker-content-digest') ?? '';
  const name = String(repositoryName);
  pushed.set(name, [...(pushed.get(name) ?? []), { digest, mediaType }]);
  return { image: { imageId: { imageDigest: digest, imageTag } } };
}

interface ImageId {
  readonly imageTag?: string | undefined;
  readonly imageDigest?: string | undefined;
}

async function batchGetImage(
  { repositoryName, imageIds }: Input,
  { registryUrl }: FrontState,
): Promise<object> {
  const images: object[] = [];
  const failures: object[] = [];
  for (const imageId of imageIds as readonly ImageId[]) {
    const reference = imageId.imageDigest ?? imageId.imageTag;
    const reply = await ask(`${registryUrl}/v2/${repositoryName}/manifests/${reference}`, {
      headers: { accept },
    });
    const imageManifest = await reply.text();
    if (!reply.ok) {
      failures.push({ imageId, failureCode: 'ImageNotFound', failureReason: imageManifest });
      continue;
    }
    const imageDigest = reply.headers.get('docker-content-digest') ?? '';
    const imageManifestMediaType = reply.headers.get('content-type') ?? '';
    images.push({ imageId: { ...imageId, imageDigest }, imageManifest, imageManifestMediaType });
  }
  return { images, failures };
}
