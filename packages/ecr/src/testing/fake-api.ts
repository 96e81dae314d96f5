/** The JSON API of the fake ECR: AWS JSON 1.1 over one path. */

import type { IncomingMessage } from 'node:http';
import { formatRepositoryArn, parseRepositoryArn, partitions } from '../connection/partition.ts';
import { checkPolicy } from './check-policy.ts';
import { EcrFailure } from './ecr-failure.ts';
import { type Answer, apiFailure } from './exchange.ts';
import { findOperation } from './fake-operations.ts';
import type { StoredRegistry } from './fake-store.ts';
import type { Caller, Input, OperationContext } from './operation.ts';
import { requireAccountId } from './require.ts';

const targetPrefix = 'AmazonEC2ContainerRegistry_V20150921.';

/** Who asks, as the signature says. */
export interface Signer {
  readonly accessKeyId: string;
  readonly region: string;
}

/** The operation that a request is for; `undefined` for one that is not a request to this API. */
export function readTarget({ method, headers }: IncomingMessage): string | undefined {
  const target = headers['x-amz-target'];
  if (method !== 'POST' || typeof target !== 'string' || !target.startsWith(targetPrefix)) return undefined;
  return target.slice(targetPrefix.length);
}

/** Who signed a request; the signature itself is not checked. */
export function readSigner({ headers }: IncomingMessage): Signer | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/(?:ecr|sts)\/aws4_request, ?SignedHeaders=\S+, ?Signature=[0-9a-f]{64}$/.exec(
      headers.authorization ?? '',
    );
  return match === null ? undefined : { accessKeyId: match[1] as string, region: match[2] as string };
}

/** What operations work with, whatever registry they are about. */
export type ApiContext = Omit<OperationContext, 'registry'> & {
  readonly store: (accountId: string, region: string) => StoredRegistry;
};

/** Answers one request whose body has come. */
export function answerApi(
  { operation, signer, body: sent, lies }: ApiRequest,
  { store, ...shared }: ApiContext,
): Answer {
  try {
    if (signer === undefined)
      throw new EcrFailure('MissingAuthenticationTokenException', 'Missing Authentication Token');
    if (shared.expiredAccessKeys.includes(signer.accessKeyId))
      throw new EcrFailure('ExpiredTokenException', 'The security token included in the request is expired');
    const { caller } = shared;
    if (!partitions.some(({ regions }) => regions.test(caller.region)))
      throw new EcrFailure('InvalidSignatureException', 'Credential should be scoped to a valid region.');
    const input = parseInput(sent);
    const context = { ...shared, registry: store(findAccount(input, caller), caller.region) };
    const resource = findResource(operation, input, context);
    checkPolicy(shared.policy, { action: `ecr:${operation}`, resource, caller });
    const output = JSON.stringify(findOperation(operation)(input, context));
    const body = lies ? output.replaceAll(/sha256:[0-9a-f]{64}/g, falseDigest) : output;
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body };
  } catch (error) {
    if (error instanceof EcrFailure) return apiFailure(error);
    throw error;
  }
}

/** What a lying registry names. */
export const falseDigest = `sha256:${'f'.repeat(64)}`;

/** One request. */
export interface ApiRequest {
  readonly operation: string;
  readonly signer: Signer | undefined;
  readonly body: Buffer;
  readonly lies: boolean;
}

function parseInput(body: Buffer): Input {
  try {
    const input: unknown = JSON.parse(body.toString('utf8'));
    if (typeof input === 'object' && input !== null) return input as Input;
  } catch {
    // As for JSON of another shape.
  }
  throw new EcrFailure('SerializationException', 'the request is not a JSON object');
}

/** Whose registry a request is about: the caller's, unless it says otherwise. */
function findAccount({ registryId, resourceArn }: Input, { accountId }: Caller): string {
  if (registryId === undefined) return parseRepositoryArn(resourceArn)?.accountId ?? accountId;
  return requireAccountId(registryId, 'registryId');
}

/** The ARN that IAM checks: the repository's, or `*` where the action has none. */
function findResource(operation: string, input: Input, { registry }: OperationContext): string {
  if (withoutRepository.test(operation)) return '*';
  if (typeof input.resourceArn === 'string') return input.resourceArn;
  const [first] = Array.isArray(input.repositoryNames) ? (input.repositoryNames as readonly string[]) : [];
  const { accountId, region } = registry;
  return formatRepositoryArn({ accountId, region, repository: String(input.repositoryName ?? first ?? '*') });
}

const withoutRepository = /^(?:GetAuthorizationToken|DescribeRegistry|\w+RepositoryCreationTemplates?)$/;
