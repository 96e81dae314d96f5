/** Reads what a job says of a channel's data. */

import { type MediaType, parseMediaType } from '@optml/codecs';

/** Takes a ContentType apart; one that cannot be parsed is a type as it stands. */
export function readContentType(contentType: string): MediaType {
  try {
    return parseMediaType(contentType);
  } catch {
    return { type: contentType, parameters: {} };
  }
}
