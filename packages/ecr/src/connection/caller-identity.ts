/** Whom credentials belong to: GetCallerIdentity of STS, which needs no permission, signed with what signs for ECR. */

import { text } from 'node:stream/consumers';
import type * as Sdk from '@aws-sdk/client-ecr';

/** Who asks, in the words of GetCallerIdentity. */
export interface CallerIdentity {
  /** Twelve digits. */
  readonly accountId: string;
  /** Of the user, or of the session of a role, for example `arn:aws:sts::123456789012:assumed-role/team/jane`. */
  readonly arn: string;
}

/** How STS is reached. */
export interface IdentityOptions {
  readonly region: string;
  readonly endpoint: URL;
  readonly signal: AbortSignal | undefined;
}

type Request = Parameters<Sdk.ECRClient['config']['requestHandler']['handle']>[0];

/** Rejects with an error whose `name` is the code of STS, or with that of the connection. */
export async function askIdentity(
  { config }: Sdk.ECRClient,
  { region, endpoint: url, signal }: IdentityOptions,
): Promise<CallerIdentity> {
  const signer = await config.signer();
  const request = await signer.sign(
    {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== '' && { port: Number(url.port) }),
      path: '/',
      query: {},
      headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    },
    { signingService: 'sts', signingRegion: region },
  );
  const { response } = await config.requestHandler.handle(request as Request, {
    abortSignal: signal as AbortSignal,
  });
  const answer = await text(response.body);
  const read = (element: string) => new RegExp(`<${element}>([^<]*)</${element}>`).exec(answer)?.[1];
  const [accountId, arn] = [read('Account'), read('Arn')];
  if (response.statusCode === 200 && accountId !== undefined && arn !== undefined) return { accountId, arn };
  throw Object.assign(new Error(read('Message') ?? `STS answered with ${response.statusCode}`), {
    name: read('Code') ?? 'UnknownError',
    $metadata: { httpStatusCode: response.statusCode },
  });
}
