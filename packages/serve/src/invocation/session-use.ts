/** What a request has to do with a session, as plain data that crosses threads. */

/** By its name in lower case, as Node gives it. Source: `InvokeEndpoint`, `SessionId`. */
export const sessionHeader = 'x-amzn-sagemaker-session-id';

/** A request that opens a session has no body where there is nothing to predict; one that closes it never has. */
export interface SessionUse {
  readonly id: string;
  readonly action: 'open' | 'use' | 'close';
}

/** How long a session lives, and how many there may be. */
export interface SessionTerms {
  readonly expirySeconds: number;
  readonly maximumCount: number;
}
