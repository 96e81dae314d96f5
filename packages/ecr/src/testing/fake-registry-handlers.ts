/** What the registry API of the fake ECR does for each kind of request. */

import { EcrFailure } from './ecr-failure.ts';
import type { Answer } from './exchange.ts';
import { falseDigest } from './fake-api.ts';
import type { FakeRules } from './fake-ecr-options.ts';
import { deleteImage, findImage, putImage, translateImage } from './fake-images.ts';
import { beginUpload, digestOf, type StoredRegistry, type StoredRepository } from './fake-store.ts';
import { appendPart, completeUpload, findUpload } from './fake-uploads.ts';
import type { Caller } from './operation.ts';

/** A request's path, understood. */
export interface RegistryRoute {
  /** For example `PUT upload`; `GET /v2/` is `GET v2`. */
  readonly operation: string;
  readonly repository: string | undefined;
  /** A digest, a tag or an upload. */
  readonly subject: string;
}

/** A request whose body has come. */
export interface RegistryRequest extends RegistryRoute {
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly contentRange: string | undefined;
  readonly accept: readonly string[];
  readonly body: Buffer;
  readonly lies: boolean;
}

/** How the registry behaves, and on what. */
export interface RegistryContext extends FakeRules {
  readonly registry: StoredRegistry;
  /** Who logged in. */
  readonly caller: Caller;
  readonly storageUrl: string;
}

type HandlerContext = RegistryContext & { readonly repository: StoredRepository };
type Handler = (request: RegistryRequest, context: HandlerContext) => Answer;

/** By operation, for example `PUT upload`. */
export const registryHandlers: Readonly<Record<string, Handler>> = {
  'GET v2': () => ({ status: 200 }),
  'HEAD blob': ({ subject }, { repository }) => {
    const blob = requireBlob(repository, subject);
    return {
      status: 200,
      headers: { 'content-length': String(blob.length), 'docker-content-digest': subject },
    };
  },
  'GET blob': ({ subject, lies }, { repository, quirks, storageUrl, registry: { accountId, region } }) => {
    const blob = requireBlob(repository, subject);
    if (lies) return { status: 200, body: Buffer.from(blob).fill(0, 0, 1) };
    if (!quirks) return { status: 200, headers: { 'docker-content-digest': subject }, body: blob };
    const location = `${storageUrl}/${accountId}/${region}/${repository.name}/${subject}?X-Amz-Signature=fake`;
    return { status: 307, headers: { location } };
  },
  'POST upload': beginOrMount,
  'PATCH upload': appendChunk,
  'PUT upload': endUpload,
  'GET upload': ({ subject }, { repository, quirks }) => {
    const upload = findUpload(repository, subject);
    return { status: 204, headers: { range: formatRange(upload, quirks) } };
  },
  'DELETE upload': ({ subject }, { repository }) => {
    repository.uploads.delete(findUpload(repository, subject).id);
    return { status: 204 };
  },
  'HEAD manifest': giveManifest,
  'GET manifest': giveManifest,
  'PUT manifest': takeManifest,
  'DELETE manifest': dropManifest,
  'GET tags': listTagNames,
};

function requireBlob(repository: StoredRepository, digest: string): Buffer {
  const blob = repository.archivedLayers.has(digest) ? undefined : repository.blobs.get(digest);
  if (blob !== undefined) return blob;
  throw new EcrFailure('BLOB_UNKNOWN', `blob ${digest} unknown to registry`, { status: 404 });
}

function beginOrMount(request: RegistryRequest, context: HandlerContext): Answer {
  const { query, body, lies } = request;
  const { repository, registry, mounting, quirks } = context;
  const [mount, from] = [query.get('mount'), query.get('from')];
  if (mount !== null && from !== null) {
    if (mounting === 'forbidden') throw new EcrFailure('DENIED', 'mounting is not allowed', { status: 403 });
    const blob = registry.repositories.get(from)?.blobs.get(mount);
    if (mounting === 'mounted' && blob !== undefined) {
      repository.blobs.set(mount, blob);
      return {
        status: 201,
        headers: { location: blobPath(repository, mount), 'docker-content-digest': mount },
      };
    }
  }
  const upload = beginUpload(repository);
  const digest = query.get('digest');
  // The whole blob in one POST: ECR does not take it, and begins an upload.
  if (digest !== null && body.length > 0 && !quirks) {
    appendPart(upload, body, 0);
    return end({ repository, upload, digest, lies });
  }
  return {
    status: 202,
    headers: { location: uploadPath(repository, upload.id), range: '0-0', 'docker-upload-uuid': upload.id },
  };
}

function appendChunk(
  { subject, body, contentRange }: RegistryRequest,
  { repository, quirks, minimumPartBytes }: HandlerContext,
): Answer {
  const upload = findUpload(repository, subject);
  const start = /^(\d+)-\d+$/.exec(contentRange ?? '')?.[1];
  if (start !== undefined && Number(start) !== upload.sizeBytes)
    throw new EcrFailure('BLOB_UPLOAD_INVALID', `the next byte is ${upload.sizeBytes}`, { status: 416 });
  appendPart(upload, body, quirks ? minimumPartBytes : 0);
  return {
    status: quirks ? 201 : 202,
    headers: { location: uploadPath(repository, upload.id), range: formatRange(upload, quirks) },
  };
}

/** ECR's stays at the end of the first chunk. */
function formatRange(
  { sizeBytes, firstPartBytes }: { sizeBytes: number; firstPartBytes: number },
  quirks: boolean,
): string {
  return `0-${Math.max(0, (quirks ? firstPartBytes : sizeBytes) - 1)}`;
}

function endUpload(
  { subject, body, query, lies }: RegistryRequest,
  { repository, quirks }: HandlerContext,
): Answer {
  const upload = findUpload(repository, subject);
  if (quirks && upload.spent)
    throw new EcrFailure('BLOB_UPLOAD_INVALID', 'the upload session cannot be used again', { status: 416 });
  upload.spent = true;
  if (body.length > 0) appendPart(upload, body, 0);
  return end({ repository, upload, digest: query.get('digest') ?? '', lies });
}

function end({ repository, upload, digest, lies }: Ending): Answer {
  try {
    completeUpload(repository, upload, digest);
  } catch (error) {
    if ((error as EcrFailure).type !== 'LayerAlreadyExistsException') throw error;
  }
  return {
    status: 201,
    headers: { location: blobPath(repository, digest), 'docker-content-digest': lies ? falseDigest : digest },
  };
}

interface Ending {
  readonly repository: StoredRepository;
  readonly upload: ReturnType<typeof beginUpload>;
  readonly digest: string;
  readonly lies: boolean;
}

function giveManifest({ subject, accept, lies }: RegistryRequest, { repository }: HandlerContext): Answer {
  const image = findImage(repository, subject);
  if (image === undefined)
    throw new EcrFailure('MANIFEST_UNKNOWN', 'Requested image not found', { status: 404 });
  const { digest, manifest, mediaType } = translateImage(image, accept, !subject.startsWith('sha256:'));
  return {
    status: 200,
    headers: { 'content-type': mediaType, 'docker-content-digest': digest },
    body: lies ? `${manifest} ` : manifest,
  };
}

function takeManifest(request: RegistryRequest, { repository, quirks }: HandlerContext): Answer {
  const { subject, body, contentType, lies } = request;
  const manifest = body.toString('utf8');
  if (quirks && !hasMediaType(manifest))
    throw new EcrFailure('MANIFEST_INVALID', 'Invalid JSON syntax', { status: 405 });
  const target = subject.startsWith('sha256:') ? { digest: subject } : { tag: subject };
  try {
    putImage(repository, { manifest, mediaType: contentType, ...target });
  } catch (error) {
    if ((error as EcrFailure).type !== 'ImageAlreadyExistsException') throw error;
  }
  const digest = digestOf(body);
  return {
    status: 201,
    headers: {
      location: `/v2/${repository.name}/manifests/${digest}`,
      'docker-content-digest': lies ? falseDigest : digest,
    },
  };
}

function dropManifest({ subject }: RegistryRequest, { repository }: HandlerContext): Answer {
  const outcome = deleteImage(
    repository,
    subject.startsWith('sha256:') ? { imageDigest: subject } : { imageTag: subject },
  );
  if (!('failureCode' in outcome)) return { status: 202 };
  const { failureCode, failureReason } = outcome;
  throw failureCode === 'ImageNotFound'
    ? new EcrFailure('MANIFEST_UNKNOWN', failureReason, { status: 404 })
    : new EcrFailure('DENIED', failureReason, { status: 403 });
}

function listTagNames({ query }: RegistryRequest, { repository: { name, tags } }: HandlerContext): Answer {
  const [size, last] = [Number(query.get('n') ?? 1000), query.get('last') ?? ''];
  if (!Number.isInteger(size) || size < 1 || size > 1000)
    throw new EcrFailure('UNSUPPORTED', "Invalid parameter at 'maxResults'", { status: 405 });
  const rest = [...tags.keys()].filter((tag) => tag > last).sort();
  const page = rest.slice(0, size);
  const json = { 'content-type': 'application/json' };
  const next = `</v2/${name}/tags/list?n=${size}&last=${page.at(-1)}>; rel="next"`;
  return {
    status: 200,
    headers: rest.length > size ? { ...json, link: next } : json,
    body: JSON.stringify({ name, tags: page }),
  };
}

function hasMediaType(manifest: string): boolean {
  try {
    return typeof JSON.parse(manifest).mediaType === 'string';
  } catch {
    return false;
  }
}

function blobPath({ name }: StoredRepository, digest: string): string {
  return `/v2/${name}/blobs/${digest}`;
}

function uploadPath({ name }: StoredRepository, id: string): string {
  return `/v2/${name}/blobs/uploads/${id}?state=kept`;
}
