/** Reads JSON that came from elsewhere, and looks into it without trusting it. */

import { ImageError, type ImageErrorCode } from '../errors.ts';

/** A JSON object whose values may be anything. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Registries take manifests of 4 MiB; configs of that size have never been seen either. */
export const largestDocumentBytes = 4 * 1024 * 1024;

/**
 * Reads a JSON object.
 *
 * @throws ImageError with `code`, for bytes that are not a JSON object or more than 4 MiB.
 */
export function parseJsonObject(bytes: Uint8Array, code: ImageErrorCode, what: string): JsonObject {
  if (bytes.length > largestDocumentBytes) {
    throw new ImageError(
      code,
      `${what} has ${bytes.length} bytes; at most ${largestDocumentBytes} are allowed`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ImageError(code, `${what} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (isObject(value)) return value;
  throw new ImageError(code, `${what} is ${quote(value)}: expected a JSON object`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it is quoted in a message, cut off where it would be too long. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
