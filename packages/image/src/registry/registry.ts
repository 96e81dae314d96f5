/** What a registry can do, seen from this side: the HTTP API v2 of Docker and OCI, reading and writing. */

import type { BlobOrigin, Descriptor, Image, ImageBlob, StoredManifest } from '../image/image.ts';
import type { Platform } from '../image/platform.ts';
import type { ProxySettings } from './proxy.ts';

/** What proves who asks; for Amazon ECR, the user `AWS` with the password of GetAuthorizationToken. */
export type RegistryCredentials =
  | { readonly username: string; readonly password: string }
  /** What `docker login` keeps where a registry gives tokens in place of passwords; good for a token server only. */
  | { readonly identityToken: string };

/** What `createRegistry` needs to know. */
export interface RegistryOptions {
  /** With its port, for example `registry.example.com:5000`. */
  readonly host: string;
  /**
   * Default: `http` on loopback (`localhost`, `127.0.0.0/8`, `[::1]`), `https` elsewhere. Credentials go over plain http
   * only on loopback, or where `http` is given.
   */
  readonly scheme?: 'http' | 'https' | undefined;
  /**
   * Called when the registry first asks, and again once after it refuses what was given, so that an expired token
   * is replaced. Without it, or with `undefined`, requests are anonymous.
   */
  readonly credentials?: ((signal?: AbortSignal) => Promise<RegistryCredentials | undefined>) | undefined;
  /** Proxies on the way; default: none. */
  readonly proxy?: ProxySettings | undefined;
  /** How often a request that may be repeated is sent in all; default 4. */
  readonly attempts?: number | undefined;
  /** How long no byte may move before a request counts as failed; default 60,000. */
  readonly idleTimeoutMs?: number | undefined;
}

/** What every request for a blob or a manifest needs. */
export interface RequestOptions {
  /** Without its host. */
  readonly repository: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One registry. Requests that fail for a reason that may pass are repeated with full-jitter delays. Redirects are
 * followed; credentials never go to another host. Every method throws `ImageError` `REGISTRY_UNREACHABLE`,
 * `REGISTRY_UNAUTHORIZED`, `REGISTRY_DENIED` or `REGISTRY_REFUSED`.
 */
export interface Registry {
  readonly host: string;
  readonly scheme: 'http' | 'https';
  /**
   * Reads a manifest or an index by tag or digest, as it is stored; `undefined` when there is none. A digest is
   * compared with the bytes.
   *
   * @throws ImageError `BLOB_MISMATCH`
   */
  readManifest(reference: string, options: RequestOptions): Promise<StoredManifest | undefined>;
  /**
   * Reads an image by tag or digest: an index is resolved to the platform, layers are not fetched before they are opened.
   *
   * @throws ImageError `BASE_NOT_FOUND`, `PLATFORM_MISSING`, `MANIFEST_INVALID`, `MANIFEST_UNSUPPORTED`,
   *   `CONFIG_INVALID`, `BLOB_MISMATCH`
   */
  readImage(
    reference: string,
    options: RequestOptions & { readonly platform: Platform; readonly layerDirectory?: string | undefined },
  ): Promise<Image>;
  /** Streams a blob; its length and digest are checked at the end. */
  openBlob(descriptor: Descriptor, options: RequestOptions): AsyncIterable<Uint8Array>;
  /** Tells whether the repository has a blob. */
  hasBlob(digest: string, options: RequestOptions): Promise<boolean>;
  /**
   * Asks the registry to link a blob of `from`, another of its repositories. `false` when it does not: the blob must be
   * put.
   */
  mountBlob(
    digest: string,
    options: RequestOptions & { readonly from: BlobOrigin['repository'] },
  ): Promise<boolean>;
  /**
   * Uploads a blob in one request (POST, then PUT), each attempt in a session of its own. `onProgress` is called with
   * the bytes sent so far in this attempt.
   */
  putBlob(
    blob: ImageBlob,
    options: RequestOptions & { readonly onProgress?: ((sentBytes: number) => void) | undefined },
  ): Promise<void>;
  /** Stores a manifest under a tag or its digest, `reference`, and checks the digest that the registry answers with. */
  putManifest(
    manifest: StoredManifest,
    options: RequestOptions & { readonly reference: string },
  ): Promise<void>;
}
