/** Says what a registry's refusal, or its silence, means and what to do. */

import { ImageError, type ImageErrorCode } from '../errors.ts';
import { adviseOnCertificate, adviseOnTunnel, describeProxy, type ProxySettings } from './proxy.ts';
import type { HttpAnswer } from './send-request.ts';

/** Registries explain themselves in a few lines. */
const largestExplanationBytes = 64 * 1024;

const advice: Readonly<Record<string, string>> = {
  NAME_UNKNOWN: 'the repository does not exist there: create it first',
  NAME_INVALID: 'the registry does not accept the name of the repository',
  BLOB_UNKNOWN: 'the image there is incomplete: push it again',
  MANIFEST_BLOB_UNKNOWN: 'it does not have all the layers that the manifest names: push the image again',
  MANIFEST_INVALID: 'it does not accept this kind of manifest',
  TAG_INVALID: 'the tag does not fit the manifest, or is immutable: choose another tag',
  DIGEST_INVALID: 'what arrived is not what was sent',
  TOOMANYREQUESTS: 'it still refused after retries: run again later',
};

/** Reads the rest of an answer that is not a success, and makes an error of it. */
export async function explainRefusal(answer: HttpAnswer, doing: string, host: string): Promise<ImageError> {
  const { status, headers } = answer;
  const { code: registryCode, message } = await readExplanation(answer);
  const said = [registryCode, message].filter(Boolean).join(': ');
  const fix = registryCode === undefined ? undefined : advice[registryCode];

  return new ImageError(
    codeOf(status),
    [
      `cannot ${doing}: the registry ${host} answered with status ${status}${said === '' ? '' : ` (${said})`}`,
      fix ?? adviceForStatus(answer),
    ]
      .filter(Boolean)
      .join('; '),
    {
      status,
      retryable: status === 408 || status === 429 || (status >= 500 && status !== 501),
      registryCode,
      retryAfterMs: readRetryAfter(headers['retry-after']),
    },
  );
}

function codeOf(status: number): ImageErrorCode {
  if (status === 401) return 'REGISTRY_UNAUTHORIZED';
  return status === 403 ? 'REGISTRY_DENIED' : 'REGISTRY_REFUSED';
}

function adviceForStatus({ status, headers: { location } }: HttpAnswer): string | undefined {
  if (status >= 300 && status < 400) {
    return `it redirects the upload to ${JSON.stringify(location?.slice(0, 200))}, which is not followed: look for a proxy that answers in its place, or use the host that accepts uploads`;
  }
  if (status === 407)
    return 'a proxy answered and requires a login: put it into the address of the proxy, as http://USER:PASSWORD@HOST:PORT';
  if (status === 401) return 'log in, or log in again: the credentials are missing, wrong or too old';
  if (status === 403) return 'the account is not allowed to do this: ask for access, or use another account';
  return undefined;
}

async function readExplanation({
  body,
}: HttpAnswer): Promise<{ code?: string | undefined; message?: string | undefined }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > largestExplanationBytes) break;
    }
    const [first] = JSON.parse(Buffer.concat(chunks).toString('utf8')).errors;
    const cut = (text: unknown, most: number) => (typeof text === 'string' ? text.slice(0, most) : undefined);
    return { code: cut(first.code, 100), message: cut(first.message, 500) };
  } catch {
    // A proxy's page, or a connection that ended early: the status says what is known.
    return {};
  }
}

/** In seconds; the form with a date is not in use among registries. */
function readRetryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

const passing = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'HPE_INVALID_CONSTANT',
]);

/** Makes an error of a connection's; anything else (an abort, an error of the body) is given back as it is. */
export function explainSilence(
  error: unknown,
  doing: string,
  { host, proxy = {} }: { readonly host: string; readonly proxy?: ProxySettings | undefined },
): unknown {
  const { code, message, name } = error as NodeJS.ErrnoException;
  if (error instanceof ImageError || name === 'AbortError' || typeof code !== 'string') return error;
  if (code === 'ERR_PROXY_TUNNEL') {
    return new ImageError(
      'REGISTRY_UNREACHABLE',
      `cannot ${doing}: the proxy refuses a tunnel to the registry ${host} (${message}): ${adviseOnTunnel(proxy)}`,
      { cause: error },
    );
  }
  const isNetwork =
    passing.has(code) ||
    /^(ENOTFOUND|HPE_|ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code);
  if (!isNetwork) return error;
  // OpenSSL's word for an answer that is not TLS at all.
  if (
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code) ||
    /wrong version number/.test(message)
  ) {
    return new ImageError(
      'REGISTRY_UNREACHABLE',
      `cannot ${doing}: the registry ${host} speaks plain http, not https: if that is intended, allow it (--plain-http ${host})`,
      { cause: error },
    );
  }
  const certificate = adviseOnCertificate(code);
  if (certificate !== undefined) {
    return new ImageError(
      'REGISTRY_UNREACHABLE',
      `cannot ${doing}: the registry ${host} cannot be used (${code}): ${certificate}`,
      { cause: error },
    );
  }
  const used = describeProxy(proxy);
  const why = code === 'ENOTFOUND' ? 'no such host' : message;
  return new ImageError(
    'REGISTRY_UNREACHABLE',
    `cannot ${doing}: the registry ${host} does not answer: ${why}; check the name, the network and ${used === undefined ? 'the proxy' : `the proxy (${used})`}`,
    { retryable: passing.has(code), cause: error },
  );
}
