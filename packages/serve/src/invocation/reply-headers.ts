/** The headers that an author may give a reply; the platform passes no others on. Source: `InvokeEndpoint`. */

import { parseMediaType } from '@optml/codecs';
import { limits } from '@optml/contract/limits';
import { ServeError } from '../errors/errors.ts';

/** Units that a customer of a product in AWS Marketplace pays for. */
export interface Metering {
  /** What is counted, by its name in the product's pricing; default `inference.count`. */
  readonly dimension?: string | undefined;
  /** How many were used: a whole number above 0. */
  readonly consumedUnits: number;
}

/** What an author says of the reply to one request, beside the prediction. A reply with an error has none of it. */
export interface ReplySettings {
  /**
   * Sets `X-Amzn-SageMaker-Custom-Attributes`; without it the reply repeats the request's.
   *
   * @throws ServeError `REPLY_HEADER_INVALID` for anything but printable ASCII, and for more than 1,024 characters
   */
  setCustomAttributes(value: string): void;
  /**
   * Sets `X-Amzn-Inference-Metering`, by which AWS Marketplace counts.
   *
   * @throws ServeError `REPLY_HEADER_INVALID`
   */
  setMetering(metering: Metering): void;
  /**
   * Sets the content type of a prediction that is bytes, as `image/png`, whatever the client accepts.
   *
   * @throws ServeError `REPLY_HEADER_INVALID` for anything but one media type
   */
  setContentType(mediaType: string): void;
}

/** Holds what has been set. */
export class ReplyHeaders implements ReplySettings {
  contentType: string | undefined;
  /** True once the reply has begun, when it is too late for headers. */
  isSent = false;
  readonly headers: Record<string, string> = {};

  setCustomAttributes(value: string): void {
    this.#set('x-amzn-sagemaker-custom-attributes', assertHeader('custom attributes', value));
  }

  setMetering({ dimension = 'inference.count', consumedUnits }: Metering): void {
    if (!Number.isSafeInteger(consumedUnits) || consumedUnits < 1) {
      const message = `setting the metering: consumedUnits is ${String(consumedUnits)}, expected a whole number above 0`;
      throw new ServeError('REPLY_HEADER_INVALID', message);
    }
    const value = JSON.stringify({ Dimension: dimension, ConsumedUnits: consumedUnits });
    this.#set('x-amzn-inference-metering', assertHeader('the metering', value));
  }

  setContentType(mediaType: string): void {
    this.#assertUnsent();
    this.contentType = assertHeader('the content type', mediaType, findMediaTypeFault);
  }

  #set(name: string, value: string): void {
    this.#assertUnsent();
    this.headers[name] = value;
  }

  #assertUnsent(): void {
    if (!this.isSent) return;
    const message =
      'setting a header of the reply: its first item has already been sent: set it before the first yield';
    throw new ServeError('REPLY_HEADER_INVALID', message);
  }
}

function assertHeader(what: string, value: string, findFault = findHeaderFault): string {
  const fault = typeof value === 'string' ? findFault(value) : `is a ${typeof value}, not text`;
  if (fault === undefined) return value;
  throw new ServeError('REPLY_HEADER_INVALID', `setting ${what}: the value ${fault}`);
}

/** Says what keeps a text from being a header of the platform; `undefined` when nothing does. */
export function findHeaderFault(value: string): string | undefined {
  if (value.length > limits.customAttributesCharacters) {
    return `has ${value.length} characters, expected at most ${limits.customAttributesCharacters}`;
  }
  const at = value.search(/[^\x20-\x7e]/);
  if (at === -1) return undefined;
  const code = value.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  return `has U+${code} at character ${at + 1}, expected printable ASCII: encode the rest, for example with encodeURIComponent`;
}

/** Says what keeps a text from being the content type of a reply, which has exactly one; `undefined` when nothing does. */
export function findMediaTypeFault(value: string): string | undefined {
  const fault = findHeaderFault(value);
  if (fault !== undefined || isMediaType(value)) return fault;
  return `is ${JSON.stringify(value.slice(0, 100))}: expected one media type, for example text/csv`;
}

function isMediaType(value: string): boolean {
  try {
    return !parseMediaType(value).type.includes('*');
  } catch {
    return false;
  }
}
