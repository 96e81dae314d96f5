/** What the supervisor and the training process say to one another. */

/** Why a run failed, as its process says it. */
export interface FailureReport {
  readonly code: string;
  /** Fit for the failure file. */
  readonly message: string;
  /** Where in the author's code, innermost first, for example `src/train.ts:12:5`; empty when the message says it all. */
  readonly frames: readonly string[];
  readonly hint?: string | undefined;
}

export type Message =
  | { readonly kind: 'optml:are-you-there' }
  /** Also said unasked, by a program that turns out to be a definition. */
  | { readonly kind: 'optml:alive' }
  /** The run ended well, and the process is about to end. */
  | { readonly kind: 'optml:ended' }
  | { readonly kind: 'optml:failed'; readonly report: FailureReport };

/** A program of the author's may use the channel for words of its own, in whatever shape. */
export function isMessage(value: unknown): value is Message {
  const { kind, report } = (value ?? {}) as { readonly kind?: unknown; readonly report?: unknown };
  if (kind === 'optml:failed') return isReport(report);
  return kind === 'optml:are-you-there' || kind === 'optml:alive' || kind === 'optml:ended';
}

function isReport(value: unknown): value is FailureReport {
  const { code, message, frames } = (value ?? {}) as Partial<FailureReport>;
  return typeof code === 'string' && typeof message === 'string' && Array.isArray(frames);
}
