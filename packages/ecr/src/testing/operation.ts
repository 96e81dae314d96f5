/** The shape of an operation of the JSON API, and what it works on. */

import type { FakeRules } from './fake-ecr-options.ts';
import type { StoredRegistry } from './fake-store.ts';

export type Operation = (input: Input, context: OperationContext) => Readonly<Record<string, unknown>>;

/** The parameters of a request, not yet checked. */
export type Input = Readonly<Record<string, unknown>>;

/** What an operation works on. */
export interface OperationContext extends FakeRules {
  readonly registry: StoredRegistry;
  /** Who asks. */
  readonly caller: Caller;
  /** Where the storage is reached, scheme included. */
  readonly storageUrl: string;
  /** Where the registry of an account is reached, scheme included. */
  registryUrl(accountId: string): string;
  /** Gives what the registry API takes as a password of the caller. */
  issuePassword(): string;
}

/** The account of a signature, and the region that it is for. */
export interface Caller {
  readonly accountId: string;
  readonly region: string;
}
