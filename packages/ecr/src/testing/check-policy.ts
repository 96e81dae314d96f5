/** Whether the statements of a policy allow an action: a small part of IAM, enough to prove a least-privilege policy. */

import { findPartition } from '../connection/partition.ts';
import { matchesWildcard } from '../repository/matches-wildcard.ts';
import { EcrFailure } from './ecr-failure.ts';
import type { FakeEcrStatement } from './fake-ecr-options.ts';
import type { Caller } from './operation.ts';

/** What is to be done, by whom, to what. */
export interface PolicyRequest {
  /** For example `ecr:PutImage`. */
  readonly action: string;
  readonly resource: string;
  readonly caller: Caller;
}

/** Throws ECR's AccessDeniedException unless a statement allows the action and none denies it. */
export function checkPolicy(
  statements: readonly FakeEcrStatement[] | undefined,
  request: PolicyRequest,
): void {
  if (statements === undefined) return;
  const matching = statements.filter(
    ({ Action, Resource }) =>
      listOf(Action).some((pattern) => matchesWildcard(pattern, request.action)) &&
      listOf(Resource).some((pattern) => matchesWildcard(pattern, request.resource)),
  );
  const denied = matching.some(({ Effect }) => Effect === 'Deny');
  if (!denied && matching.length > 0) return;
  const why = denied
    ? 'with an explicit deny in an identity-based policy'
    : `because no identity-based policy allows the ${request.action} action`;
  const { accountId, region } = request.caller;
  throw new EcrFailure(
    'AccessDeniedException',
    `User: arn:${findPartition(region).id}:iam::${accountId}:user/tester is not authorized to perform: ${request.action} on resource: ${request.resource} ${why}`,
  );
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
