/** The registry API of the fake ECR: `/v2/`, as ECR does it or as the distribution specification says. */

import { formatRepositoryArn } from '../connection/partition.ts';
import { checkPolicy } from './check-policy.ts';
import { EcrFailure } from './ecr-failure.ts';
import { type Answer, registryFailure } from './exchange.ts';
import type { RegistryContext, RegistryRequest, RegistryRoute } from './fake-registry-handlers.ts';
import { registryHandlers } from './fake-registry-handlers.ts';
import { createOnPush } from './fake-repositories.ts';
import { findRepository } from './fake-store.ts';

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

/** Answers one request of a known caller. */
export function answerRegistry(request: RegistryRequest, context: RegistryContext): Answer {
  try {
    const handle = registryHandlers[request.operation];
    if (handle === undefined)
      throw new EcrFailure('UNSUPPORTED', `the fake ECR has no ${request.operation}`, { status: 405 });
    const { operation, repository: name } = request;
    if (name === undefined) return { status: 200, body: '{}' };
    const { registry, policy, caller } = context;
    const { accountId, region } = registry;
    const resource = formatRepositoryArn({ accountId, region, repository: name });
    const action = actions[operation];
    if (action !== undefined) checkPolicy(policy, { action: `ecr:${action}`, resource, caller });
    // A push begins with an upload, which makes the repository where a creation template says so.
    const isPush = operation === 'POST upload' && !registry.repositories.has(name);
    const created = isPush ? createOnPush(registry, name) : undefined;
    return handle(request, { ...context, repository: created ?? findRepository(registry, name) });
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
