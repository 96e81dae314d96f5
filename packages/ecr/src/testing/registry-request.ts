/** A request of the registry API, and what it is answered from. */

import type { FakeEcrStatement } from './fake-ecr-options.ts';
import type { StoredRegistry } from './fake-store.ts';
import type { Caller } from './operation.ts';

/** A request's path, understood. */
export interface RegistryRoute {
  /** As in `PUT upload`; `GET /v2/` is `GET v2`. */
  readonly operation: string;
  readonly repository: string | undefined;
  /** A digest, a tag or an upload. */
  readonly subject: string;
}

/** A request whose body has come. */
export interface RegistryRequest extends RegistryRoute {
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly contentRange: string | undefined;
  readonly accept: readonly string[];
  readonly body: Buffer;
  readonly lies: boolean;
}

/** How the registry behaves, and on what. */
export interface RegistryContext {
  readonly registry: StoredRegistry;
  /** Who logged in. */
  readonly caller: Caller;
  readonly quirks: boolean;
  readonly mounting: 'mounted' | 'ignored' | 'forbidden';
  readonly minimumPartBytes: number;
  readonly storageUrl: string;
  readonly policy: readonly FakeEcrStatement[] | undefined;
}
