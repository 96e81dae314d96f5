/** What the supervisor and the training process say to one another. */

import type { FailureReport } from '../failures/failure-report.ts';

export type Message =
  | { readonly kind: 'are-you-there' }
  | { readonly kind: 'alive' }
  | { readonly kind: 'failed'; readonly report: FailureReport };

/** A program of the author's may use the channel for words of its own. */
export function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
