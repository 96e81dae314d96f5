/** Uploads blobs: one request for the place, one for the bytes, and never the same place twice. */

import { ImageError } from '../errors.ts';
import type { ImageBlob } from '../image/image.ts';
import type { RequestOptions } from './registry.ts';
import type { RegistryClient } from './registry-client.ts';
import { retry } from './retry.ts';
import type { HttpAnswer } from './send-request.ts';

/** Uploads a blob; each attempt has a session of its own, because ECR refuses the second use of one. */
export async function putBlob(
  client: RegistryClient,
  blob: ImageBlob,
  {
    repository,
    signal,
    onProgress,
  }: RequestOptions & { readonly onProgress?: ((sentBytes: number) => void) | undefined },
): Promise<void> {
  const { digest, size } = blob.descriptor;
  const shared = {
    scope: `repository:${repository}:pull,push`,
    doing: `upload a layer to ${repository}`,
    signal,
  };
  await retry(
    async () => {
      const started = await client.send({
        ...shared,
        method: 'POST',
        target: `/v2/${repository}/blobs/uploads/`,
        headers: { 'content-length': '0' },
        accept: [202],
      });
      started.body.resume();
      const target = locate(started, shared.doing);
      target.searchParams.set('digest', digest);
      const answer = await client.send({
        ...shared,
        method: 'PUT',
        target,
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
        body: () => count(blob.open(signal), onProgress),
        accept: [200, 201, 204],
      });
      answer.body.resume();
      assertDigest(answer, digest);
    },
    { attempts: client.attempts, signal },
  );
}

/** The registry may say which bytes it has got. */
function assertDigest({ headers, url }: HttpAnswer, digest: string): void {
  const said = headers['docker-content-digest'];
  if (said === undefined || said === digest) return;
  throw new ImageError(
    'BLOB_MISMATCH',
    `the registry ${url.host} stored ${said}, but ${digest} was sent: look for a proxy that changes bytes on the way`,
    { digest },
  );
}

/** Where the bytes go: absolute or relative, with whatever query the registry put there. */
function locate(answer: HttpAnswer, doing: string): URL {
  const { location } = answer.headers;
  if (location !== undefined && URL.canParse(location, answer.url.href)) {
    const url = new URL(location, answer.url);
    if (url.protocol === answer.url.protocol || url.protocol === 'https:') return url;
  }
  throw new ImageError(
    'REGISTRY_REFUSED',
    `cannot ${doing}: ${answer.url.host} returned an invalid Location header: ${JSON.stringify(location)}`,
  );
}

async function* count(
  source: AsyncIterable<Uint8Array>,
  onProgress: ((sentBytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of source) {
    yield chunk;
    sent += chunk.length;
    onProgress?.(sent);
  }
}

/** Asks to link a blob of another repository; whatever the registry says but 201 means no. */
export async function mountBlob(
  client: RegistryClient,
  digest: string,
  { repository, from, signal }: RequestOptions & { readonly from: string },
): Promise<boolean> {
  const query = new URLSearchParams({ mount: digest, from });
  const shared = { scope: `repository:${repository}:pull,push repository:${from}:pull`, signal };
  try {
    return await client.ask(
      {
        ...shared,
        method: 'POST',
        target: `/v2/${repository}/blobs/uploads/?${query}`,
        headers: { 'content-length': '0' },
        doing: `mount a layer of ${from} in ${repository}`,
        accept: [201, 202, 400, 403, 404, 405],
      },
      async (answer) => {
        if (answer.status === 202) await cancel(answer);
        return answer.status === 201;
      },
    );
  } catch (error) {
    // A token for one repository only; a login that is wrong for both shows when the blob is put.
    if (error instanceof ImageError && error.code === 'REGISTRY_UNAUTHORIZED') return false;
    throw error;
  }

  /** An upload was begun instead, which is not gone on with. */
  async function cancel(answer: HttpAnswer): Promise<void> {
    const doing = 'cancel an upload';
    const accept = [200, 202, 204, 400, 401, 403, 404, 405, 501];
    const target = locate(answer, doing);
    const canceled = await client.send({ ...shared, method: 'DELETE', target, doing, accept });
    canceled.body.resume();
  }
}
