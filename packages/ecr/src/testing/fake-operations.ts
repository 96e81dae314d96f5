/** The operations of the JSON API: what each takes, does and answers. */

import { EcrFailure } from './ecr-failure.ts';
import { imageOperations } from './fake-image-operations.ts';
import { layerOperations } from './fake-layer-operations.ts';
import { repositoryOperations } from './fake-repository-operations.ts';
import { scanOperations } from './fake-scan-operations.ts';
import type { StoredRegistry } from './fake-store.ts';
import { templateOperations } from './fake-template-operations.ts';
import type { PartLimits } from './fake-uploads.ts';
import { requireAccountId } from './require-account-id.ts';
import { requireList } from './require-list.ts';

/** The parameters of a request, not yet checked. */
export type Input = Readonly<Record<string, unknown>>;

/** What an operation works on. */
export interface OperationContext {
  readonly registry: StoredRegistry;
  readonly limits: PartLimits & { readonly partBytes: number };
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

export type Operation = (input: Input, context: OperationContext) => Readonly<Record<string, unknown>>;

const operations: Readonly<Record<string, Operation>> = {
  ...repositoryOperations,
  ...layerOperations,
  ...imageOperations,
  ...scanOperations,
  ...templateOperations,
  GetAuthorizationToken: (input, { caller, registryUrl, issuePassword }) => {
    const ids =
      input.registryIds === undefined ? [caller.accountId] : requireList<string>(input, 'registryIds', 10);
    return {
      authorizationData: ids.map((id) => ({
        authorizationToken: Buffer.from(`AWS:${issuePassword()}`).toString('base64'),
        expiresAt: Date.now() / 1000 + 12 * 60 * 60,
        proxyEndpoint: registryUrl(requireAccountId(id, 'registryIds')),
      })),
    };
  },
  DescribeRegistry: (_, { registry }) => ({
    registryId: registry.accountId,
    replicationConfiguration: { rules: [] },
  }),
};

/** Finds an operation by its name. */
export function findOperation(name: string): Operation {
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation !== undefined) return operation;
  throw new EcrFailure('UnknownOperationException', `the fake ECR has no operation ${name}`);
}
