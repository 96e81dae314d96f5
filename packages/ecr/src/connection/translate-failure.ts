/** Turns the SDK's errors into ones that say what to do. */

import { adviseOnCertificate, adviseOnTunnel, type ProxySettings } from '@optml/image/proxy';
import { EcrError, type EcrErrorCode, type EcrErrorFacts } from '../errors.ts';

/** What was being done. */
export interface FailureContext {
  readonly operation: string;
  readonly region: string;
  readonly repository?: string | undefined;
  readonly tag?: string | undefined;
  readonly registryId?: string | undefined;
  readonly proxy?: ProxySettings | undefined;
}

interface SdkFailure extends Error {
  readonly code?: string | undefined;
  /** That a name server does not know. */
  readonly hostname?: string | undefined;
  readonly $metadata?: { readonly httpStatusCode?: number | undefined } | undefined;
}

/** Gives the code and the message of an error. */
type Advice = (context: FailureContext, said: string) => readonly [EcrErrorCode, string];

/** Translates what the SDK threw; the original is the `cause`. */
export function translateFailure(cause: unknown, context: FailureContext): EcrError {
  const failure = cause as SdkFailure;
  const advice = isTunnelRefused(failure) ? adviseTunnel : (advices[failure.name] ?? adviseByKind(failure));
  const [code, message] = advice(context, readSaid(failure));
  const { region, repository, tag } = context;
  const denied = failure.name === 'AccessDeniedException' ? readDenied(failure.message, context) : {};
  return new EcrError(code, message, { cause, region, repository, tag, ...denied });
}

/** In one line, and without what the SDK adds for those who debug it. */
function readSaid({ message }: SdkFailure): string {
  return message
    .replace(/\s*Deserialization error: to see the raw response[\s\S]*$/, '')
    .replaceAll(/\s*\n\s*/g, ' ');
}

/** The action and the ARN of "is not authorized to perform: ACTION on resource: ARN". */
function readDenied(message: string, { operation }: FailureContext): EcrErrorFacts {
  const [, action = `ecr:${operation}`, resource] =
    /not authorized to perform: (\S+?)(?: on resource: (\S+?))?(?: |$)/.exec(message) ?? [];
  return { action, resource };
}

const missingCredentials: Advice = (context, said) =>
  /SSO session/i.test(said)
    ? expiredCredentials(context, said)
    : [
        'CREDENTIALS_MISSING',
        `no AWS credentials (${said}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or sign in with "aws sso login"; on AWS, give the machine a role`,
      ];

const expiredCredentials: Advice = (_, said) => [
  'CREDENTIALS_EXPIRED',
  `the AWS credentials have expired (${said}): sign in again, for example with "aws sso login", or get new ones`,
];

const invalidCredentials: Advice = ({ region }, said) => [
  'CREDENTIALS_INVALID',
  `AWS does not recognize the credentials in ${region} (${said}): check the access key and this machine's clock, and that the region is enabled for the account`,
];

const describeRegion: Advice = ({ region }, said) => [
  'REGION_INVALID',
  `"${region}" is not the region that answered (${said}): check --region or AWS_REGION, and whether AWS_ENDPOINT_URL_ECR points to that region`,
];

const throttled: Advice = ({ operation, region }, said) => [
  'THROTTLED',
  `ECR throttled ${operation} in ${region}, even after retries (${said}): run again later, or ask for a higher quota`,
];

const advices: Readonly<Record<string, Advice>> = {
  CredentialsProviderError: missingCredentials,
  TokenProviderError: expiredCredentials,
  ExpiredTokenException: expiredCredentials,
  ExpiredToken: expiredCredentials,
  RequestExpired: expiredCredentials,
  UnrecognizedClientException: invalidCredentials,
  InvalidSignatureException: (context, said) =>
    /scoped to a valid region/i.test(said)
      ? describeRegion(context, said)
      : invalidCredentials(context, said),
  InvalidClientTokenId: invalidCredentials,
  SignatureDoesNotMatch: invalidCredentials,
  MissingAuthenticationTokenException: missingCredentials,
  ThrottlingException: throttled,
  TooManyRequestsException: throttled,
  RequestLimitExceeded: throttled,
  AccessDeniedException: (context, said) => ['ACCESS_DENIED', describeDenial(context, said)],
  RepositoryNotFoundException: ({ repository, region, registryId }) => [
    'REPOSITORY_MISSING',
    `the repository "${repository}" does not exist in ${region}${registryId ? ` of account ${registryId}` : ''}: it was never created, or is being deleted; run publish again to create it in your own account`,
  ],
  KmsException: ({ repository, region }, said) => [
    'KEY_UNUSABLE',
    `the KMS key of ${repository} cannot be used (${said}): it must be enabled, in ${region}, and its policy must allow ECR and you`,
  ],
  LimitExceededException: ({ operation, region }, said) => [
    'QUOTA_EXCEEDED',
    `${operation} would exceed a quota of ECR in ${region} (${said}): delete what is not needed, or ask for a higher quota`,
  ],
  ImageTagAlreadyExistsException: ({ tag, repository }, said) => [
    'TAG_IMMUTABLE',
    `the tag "${tag}" of ${repository} is immutable and names another image (${said}): publish under another tag`,
  ],
  LayersNotFoundException: ({ repository }, said) => [
    'LAYERS_MISSING',
    `layers were missing from ${repository} when its image was put (${said}): run publish again`,
  ],
  ImageDigestDoesNotMatchException: ({ repository }, said) => [
    'DIGEST_MISMATCH',
    `the manifest was changed on its way to ${repository} (${said}): look for a proxy that rewrites requests, and run again`,
  ],
  InvalidTagParameterException: (_, said) => [
    'REPOSITORY_INVALID',
    `ECR refuses the tags of the repository: ${said}`,
  ],
  TooManyTagsException: (_, said) => ['REPOSITORY_INVALID', `ECR takes at most 50 tags: ${said}`],
  InvalidParameterException: (context, said) =>
    /imageTag|image tag/i.test(said)
      ? ['TAG_INVALID', `ECR refuses the tag "${context.tag}" of ${context.repository}: ${said}`]
      : ['REQUEST_REFUSED', `ECR refuses ${describeCall(context)}: ${said}`],
};

function describeDenial(context: FailureContext, said: string): string {
  const { action, resource } = readDenied(said, context);
  const where = resource ?? context.repository ?? '*';
  const how = /explicit deny/.test(said)
    ? 'a policy denies it explicitly: ask its owner'
    : 'allow it in a policy of your user or role; publish --dry-run prints the whole policy';
  return `you are not allowed to use ${action} on ${where} in ${context.region}: ${how}`;
}

function describeCall({ operation, repository, region }: FailureContext): string {
  return `${operation} ${repository === undefined ? '' : `of ${repository} `}in ${region}`;
}

/** Of a call, or of one for credentials, whose error the SDK tells as text. */
function isTunnelRefused({ code, message }: SdkFailure): boolean {
  return code === 'ERR_PROXY_TUNNEL' || message.includes('ERR_PROXY_TUNNEL');
}

const adviseTunnel: Advice = (context, said) => [
  'ENDPOINT_UNREACHABLE',
  `${describeCall(context)} failed: the proxy refuses a tunnel to AWS (${said}): ${adviseOnTunnel(context.proxy ?? {})}`,
];

const networkCodes = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/;

function adviseByKind(failure: SdkFailure): Advice {
  const { code = '', name, message, $metadata } = failure;
  if (/region is missing/i.test(message)) {
    return () => ['REGION_MISSING', 'no region: use --region, set AWS_REGION, or set one in the profile'];
  }
  if (/^region not accepted/i.test(message)) return describeRegion;
  if (code === 'ENOTFOUND') return adviseHost(failure);
  const certificate = adviseOnCertificate(code);
  if (certificate !== undefined) {
    return (context) => [
      'ENDPOINT_UNREACHABLE',
      `${describeCall(context)} failed: the server that answers cannot be used (${code}): ${certificate}`,
    ];
  }
  const isTransient =
    networkCodes.test(code) || name === 'TimeoutError' || ($metadata?.httpStatusCode ?? 0) >= 500;
  if (isTransient) {
    const fix =
      name === 'ServerException'
        ? 'ECR itself failed: run again later, or check the AWS Health Dashboard'
        : 'check the network, the proxy and the VPC endpoint, and run again';
    return (context, said) => [
      'ENDPOINT_UNREACHABLE',
      `${describeCall(context)} failed even after retries (${code || name}: ${said}): ${fix}`,
    ];
  }
  return (context, said) => ['REQUEST_REFUSED', `ECR refuses ${describeCall(context)} (${name}): ${said}`];
}

/** An address that is set in place of AWS's own says nothing of the region. */
function adviseHost({ hostname = '', message }: SdkFailure): Advice {
  return (context) => {
    const { region } = context;
    if (/^(?:api\.)?ecr(?:-fips)?\./.test(hostname) && hostname.includes(`.${region.toLowerCase()}.`)) {
      return [
        'REGION_INVALID',
        `ECR has no host in "${region}" (${message}): check the region's name, and this machine's DNS`,
      ];
    }
    return [
      'ENDPOINT_UNREACHABLE',
      `${describeCall(context)} failed: the host "${hostname}", which is set in place of AWS's own, was not found; check AWS_ENDPOINT_URL_ECR, AWS_ENDPOINT_URL or endpoint_url of the profile, and this machine's DNS`,
    ];
  };
}
