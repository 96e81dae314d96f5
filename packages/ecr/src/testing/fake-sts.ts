/** The fake's part of STS: GetCallerIdentity, which needs no permission. */

import { partitions } from '../connection/partition.ts';
import type { Answer } from './exchange.ts';
import type { Signer } from './fake-api.ts';

/** What the answer depends on. */
export interface IdentityRequest {
  readonly signer: Signer | undefined;
  readonly accountId: string;
  readonly expiredAccessKeys: readonly string[];
}

/** Answers as STS does, in XML. */
export function answerIdentity({ signer, accountId, expiredAccessKeys }: IdentityRequest): Answer {
  if (signer === undefined)
    return refuse('MissingAuthenticationToken', 'Request is missing Authentication Token');
  if (expiredAccessKeys.includes(signer.accessKeyId))
    return refuse('ExpiredToken', 'The security token included in the request is expired');
  const partition = partitions.find(({ regions }) => regions.test(signer.region));
  if (partition === undefined)
    return refuse('SignatureDoesNotMatch', 'Credential should be scoped to a valid region.');
  const arn = `arn:${partition.id}:iam::${accountId}:user/tester`;
  return answer(
    200,
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>AIDAFAKE</UserId><Account>${accountId}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
  );
}

function refuse(code: string, message: string): Answer {
  return answer(
    403,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  );
}

function answer(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
