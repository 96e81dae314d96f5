/** The registry API of the fake ECR: `/v2/`, as ECR does it or as the distribution specification says. */

import { formatRepositoryArn } from '../connection/partition.ts';
import { checkPolicy } from './check-policy.ts';
import { EcrFailure } from './ecr-failure.ts';
import { type Answer, registryFailure } from './exchange.ts';
import { registryHandlers } from './fake-registry-handlers.ts';
import { createOnPush } from './fake-repositories.ts';
import { findRepository, type StoredRegistry, type StoredRepository } from './fake-store.ts';
import type { RegistryContext, RegistryRequest, RegistryRoute } from './registry-request.ts';

/** Reads the path of a request; `undefined` for one that the registry API does not have. */
export function readRoute(method: string, path: string): RegistryRoute | undefined {
  if (path === '/v2/' || path === '/v2')
    return { operation: `${method} v2`, repository: undefined, subject: '' };
  const match =
    /^\/v2\/(.+?)\/(?:(blobs)\/(sha256:[0-9a-f]+)|(blobs\/uploads)\/([^/]*)|(manifests)\/([^/]+)|(tags)\/list)$/.exec(
      path,
    );
  if (match === null) return undefined;
  const [, repository, blobs, digest, uploads, upload, manifests, reference] = match;
  const kind = blobs ? 'blob' : uploads ? 'upload' : manifests ? 'manifest' : 'tags';
  return { operation: `${method} ${kind}`, repository, subject: digest ?? upload ?? reference ?? '' };
}

/** Answers one request of somebody who is known. */
export function answerRegistry(request: RegistryRequest, context: RegistryContext): Answer {
  try {
    const handle = registryHandlers[request.operation];
    if (handle === undefined)
      throw new EcrFailure('UNSUPPORTED', `the fake ECR has no ${request.operation}`, { status: 405 });
    const { operation, repository: name } = request;
    if (name === undefined) return { status: 200, body: '{}' };
    assertAllowed({ operation, name }, context);
    return handle(request, { ...context, repository: findOrCreate(context.registry, { operation, name }) });
  } catch (error) {
    if (!(error instanceof EcrFailure)) throw error;
    return registryFailure(translateFailure(error));
  }
}

/** What IAM calls the requests of the registry API. */
const actions: Readonly<Record<string, string>> = {
  'HEAD blob': 'BatchCheckLayerAvailability',
  'GET blob': 'GetDownloadUrlForLayer',
  'POST upload': 'InitiateLayerUpload',
  'PATCH upload': 'UploadLayerPart',
  'PUT upload': 'CompleteLayerUpload',
  'GET manifest': 'BatchGetImage',
  'HEAD manifest': 'BatchGetImage',
  'PUT manifest': 'PutImage',
  'DELETE manifest': 'BatchDeleteImage',
  'GET tags': 'ListImages',
};

/** What is done to which repository. */
interface NamedOperation {
  readonly operation: string;
  readonly name: string;
}

/** A push begins with an upload, which makes the repository where a creation template says so. */
function findOrCreate(registry: StoredRegistry, { operation, name }: NamedOperation): StoredRepository {
  const isMissing = !registry.repositories.has(name);
  const created = isMissing && operation === 'POST upload' ? createOnPush(registry, name) : undefined;
  return created ?? findRepository(registry, name);
}

function assertAllowed(
  { operation, name }: NamedOperation,
  { policy, registry: { accountId, region }, caller }: RegistryContext,
): void {
  const action = actions[operation];
  if (action === undefined) return;
  checkPolicy(policy, {
    action: `ecr:${action}`,
    resource: formatRepositoryArn({ accountId, region, repository: name }),
    caller,
  });
}

const registryCodes: Readonly<Record<string, readonly [code: string, status: number]>> = {
  RepositoryNotFoundException: ['NAME_UNKNOWN', 404],
  UploadNotFoundException: ['BLOB_UPLOAD_UNKNOWN', 404],
  InvalidLayerException: ['DIGEST_INVALID', 400],
  EmptyUploadException: ['BLOB_UPLOAD_INVALID', 400],
  LayerPartTooSmallException: ['SIZE_INVALID', 400],
  LayersNotFoundException: ['MANIFEST_BLOB_UNKNOWN', 404],
  ReferencedImagesNotFoundException: ['MANIFEST_BLOB_UNKNOWN', 404],
  ImageTagAlreadyExistsException: ['TAG_INVALID', 400],
  ImageDigestDoesNotMatchException: ['DIGEST_INVALID', 400],
  InvalidParameterException: ['MANIFEST_INVALID', 400],
  AccessDeniedException: ['DENIED', 403],
};

function translateFailure(failure: EcrFailure): EcrFailure {
  const known = registryCodes[failure.type];
  return known === undefined ? failure : new EcrFailure(known[0], failure.message, { status: known[1] });
}
