/** The operations of the JSON API: what each takes, does and answers. */

import { EcrFailure } from './ecr-failure.ts';
import { imageOperations } from './fake-image-operations.ts';
import { layerOperations } from './fake-layer-operations.ts';
import { repositoryOperations } from './fake-repository-operations.ts';
import type { StoredRegistry } from './fake-store.ts';
import type { PartLimits } from './fake-uploads.ts';

/** The parameters of a request, not yet checked. */
export type Input = Readonly<Record<string, unknown>>;

/** What an operation works on. */
export interface OperationContext {
  readonly registry: StoredRegistry;
  readonly limits: PartLimits & { readonly partBytes: number };
  /** Where registry and storage are reached, scheme included. */
  readonly registryUrl: string;
  readonly storageUrl: string;
  /** What the registry API takes as a password. */
  readonly password: string;
}

export type Operation = (input: Input, context: OperationContext) => Readonly<Record<string, unknown>>;

const operations: Readonly<Record<string, Operation>> = {
  ...repositoryOperations,
  ...layerOperations,
  ...imageOperations,
  GetAuthorizationToken: (_, { registryUrl, password }) => ({
    authorizationData: [
      {
        authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
        expiresAt: Date.now() / 1000 + 12 * 60 * 60,
        proxyEndpoint: registryUrl,
      },
    ],
  }),
};

/** Finds an operation by its name. */
export function findOperation(name: string): Operation {
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation !== undefined) return operation;
  throw new EcrFailure('UnknownOperationException', `the fake ECR has no operation ${name}`);
}
