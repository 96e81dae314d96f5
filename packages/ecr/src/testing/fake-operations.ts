/** The operations of the JSON API: what each takes, does and answers. */

import { EcrFailure } from './ecr-failure.ts';
import { imageOperations } from './fake-image-operations.ts';
import { layerOperations } from './fake-layer-operations.ts';
import { repositoryOperations } from './fake-repository-operations.ts';
import { scanOperations } from './fake-scan-operations.ts';
import { templateOperations } from './fake-template-operations.ts';
import type { Operation } from './operation.ts';
import { requireAccountId, requireList } from './require.ts';

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
