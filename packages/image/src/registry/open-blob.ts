/** Streams a blob from a registry, and goes on where a connection broke off. */

import { ImageError } from '../errors.ts';
import { verifyBlob } from '../image/digest.ts';
import type { Descriptor } from '../image/image.ts';
import type { RequestOptions } from './registry.ts';
import type { RegistryClient } from './registry-client.ts';
import { explainSilence } from './registry-fault.ts';
import { waitBefore } from './retry.ts';

/** Streams the blob; its length and digest are checked. */
export function openBlob(
  client: RegistryClient,
  descriptor: Descriptor,
  options: RequestOptions,
): AsyncIterable<Uint8Array> {
  const where = `${client.host}/${options.repository}`;
  return verifyBlob(streamBlob(client, descriptor, options), descriptor, where);
}

async function* streamBlob(
  client: RegistryClient,
  { digest, size }: Descriptor,
  { repository, signal }: RequestOptions,
): AsyncGenerator<Uint8Array> {
  const doing = `read a layer of ${repository}`;
  let offset = 0;
  for (let count = 1; ; count++) {
    const before = offset;
    try {
      const { status, body } = await client.send({
        method: 'GET',
        target: `/v2/${repository}/blobs/${digest}`,
        scope: `repository:${repository}:pull`,
        headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
        doing,
        accept: offset > 0 ? [200, 206] : [200],
        signal,
      });
      // A registry that knows no ranges begins again.
      let skip = status === 206 ? 0 : offset;
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        const fresh = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        if (fresh.length === 0) continue;
        offset += fresh.length;
        yield fresh;
      }
      if (body.complete) return;
      const why = `cannot ${doing}: the connection ended after ${offset} of ${size} bytes`;
      throw new ImageError('REGISTRY_UNREACHABLE', why, { retryable: true });
    } catch (error) {
      signal?.throwIfAborted();
      const fault = explainSilence(error, doing, { host: client.host });
      // As long as there is progress, the next break is a first one again.
      if (offset > before) count = 1;
      if (count >= client.attempts || !(fault instanceof ImageError) || !fault.retryable) throw fault;
      await waitBefore(count, fault, signal);
    }
  }
}
