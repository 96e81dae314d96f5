/** The JSON API of ECR in one region: the SDK's client, with its errors in words that say what to do. */

import type * as Sdk from '@aws-sdk/client-ecr';
import { ImageError } from '@optml/image';
import { type Connections, createConnections, type ProxySettings } from '@optml/image/proxy';
import { EcrError } from '../errors.ts';
import { askIdentity, type CallerIdentity } from './caller-identity.ts';
import { explainMissingProfile, type NamedProfile } from './missing-profile.ts';
import { assertEndpoint, assertRegion, findPartition } from './partition.ts';
import { translateFailure } from './translate-failure.ts';

/** The SDK has a command for each operation, with what it takes and gives. */
type Commands = Pick<typeof Sdk, Extract<keyof typeof Sdk, `${string}Command`>>;

/** An operation's name, for example `PutImage`. */
export type EcrOperation = keyof Commands extends `${infer Operation}Command` ? Operation : never;

type Input<Operation extends EcrOperation> = ConstructorParameters<Commands[`${Operation}Command`]>[0];
type Handler<Operation extends EcrOperation> = ReturnType<
  InstanceType<Commands[`${Operation}Command`]>['resolveMiddleware']
>;
type Output<Operation extends EcrOperation> = Awaited<ReturnType<Handler<Operation>>>['output'];

/** How a connection is made. */
export interface ConnectionOptions {
  /** For example `us-east-1`; without it the SDK takes that of the environment or the profile. */
  readonly region?: string | undefined;
  /** In place of AWS; without it the SDK takes `AWS_ENDPOINT_URL_ECR` or AWS itself. */
  readonly endpoint?: string | undefined;
  /** Without it, the SDK's default chain. */
  readonly credentials?: Sdk.ECRClientConfig['credentials'] | undefined;
  /** What `AWS_PROFILE` says, which the SDK reads itself: an error tells when there is no such profile. */
  readonly profile?: NamedProfile | undefined;
  /** Proxies on the way to AWS, and to the registries that are opened through this connection; default: none. */
  readonly proxy?: ProxySettings | undefined;
  /** How often a request is sent at most; the SDK waits between with full jitter. Default 5. */
  readonly attempts?: number | undefined;
  /** Is told of each call before it is made. */
  readonly onCall?: ((operation: EcrOperation, region: string) => void) | undefined;
}

/** A connection to ECR in one region. */
export interface Connection {
  readonly region: string;
  readonly proxy: ProxySettings | undefined;
  /** Those through `proxy`; `undefined` where there is none. */
  readonly connections: Connections | undefined;
  /** Calls an operation. @throws EcrError whose `cause` is the SDK's own error */
  call<Operation extends EcrOperation>(
    operation: Operation,
    input: Input<Operation>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Output<Operation>>;
  /**
   * Asks STS whom the credentials belong to. Publishing does not need it.
   *
   * @throws EcrError whose `cause` is the error of STS; `REGION_INVALID`, `ENDPOINT_UNREACHABLE` before it is asked
   */
  identify(options?: {
    /** In place of the region's own STS. */
    readonly endpoint?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<CallerIdentity>;
  close(): void;
}

/** Gives `undefined` in place of the exception of that name, as for what is not there, or is there already. */
export async function unless<Result>(exception: string, call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call;
  } catch (error) {
    if (nameException(error) !== exception) throw error;
    return undefined;
  }
}

/** The name of the exception that ECR answered with; `undefined` for any other error. */
export function nameException(error: unknown): string | undefined {
  return error instanceof EcrError ? (error.cause as Error | undefined)?.name : undefined;
}

/**
 * Makes a connection. The SDK is loaded only now: it takes a good part of a second.
 *
 * @throws EcrError `REGION_MISSING`, `CREDENTIALS_MISSING` for a profile that does not exist, `REGION_INVALID` for a name
 *   that no region has, `ENDPOINT_UNREACHABLE` for an endpoint that is not an address
 */
export async function connectEcr(options: ConnectionOptions = {}): Promise<Connection> {
  const { attempts = 5, onCall = () => {}, profile, proxy } = options;
  if (options.region !== undefined) assertRegion(options.region);
  if (options.endpoint !== undefined) assertEndpoint(options.endpoint);
  const sdk = await import('@aws-sdk/client-ecr');
  const connections = openConnections(proxy);
  const client = new sdk.ECRClient({
    maxAttempts: attempts,
    ...useConnections(connections),
    region: options.region,
    endpoint: options.endpoint,
    credentials: options.credentials,
    // What is `undefined` the SDK looks for itself, which its types do not say.
  } as Sdk.ECRClientConfig);
  const region = await client.config.region().catch(async (cause: unknown) => {
    const error = translateFailure(cause, { operation: 'GetAuthorizationToken', region: '' });
    throw await explainMissingProfile(error, profile);
  });
  assertRegion(region);
  return {
    region,
    proxy,
    connections,
    async call(operation, input, { signal } = {}) {
      const Command = sdk[`${operation}Command`] as unknown as new (input: unknown) => never;
      onCall(operation, region);
      try {
        return await client.send(new Command(input), { abortSignal: signal as AbortSignal });
      } catch (cause) {
        signal?.throwIfAborted();
        const { repositoryName, repositoryNames, imageTag: tag, registryId } = input as Subject;
        const repository = repositoryName ?? repositoryNames?.[0];
        const error = translateFailure(cause, { operation, region, proxy, repository, tag, registryId });
        throw await explainMissingProfile(error, profile);
      }
    },
    async identify({ endpoint = `https://sts.${region}.${findPartition(region).domain}`, signal } = {}) {
      assertEndpoint(endpoint);
      try {
        return await askIdentity(client, { region, endpoint: new URL(endpoint), signal });
      } catch (cause) {
        signal?.throwIfAborted();
        const error = translateFailure(cause, { operation: 'GetCallerIdentity', region, proxy });
        throw await explainMissingProfile(error, profile);
      }
    },
    close: () => client.destroy(),
  };
}

/** What inputs say of the subject of a call. */
type Subject = Partial<Record<'repositoryName' | 'imageTag' | 'registryId', string>> & {
  readonly repositoryNames?: readonly string[];
};

/** @throws EcrError `PROXY_INVALID` */
function openConnections(proxy: ProxySettings | undefined): Connections | undefined {
  if (proxy?.http === undefined && proxy?.https === undefined) return undefined;
  try {
    return createConnections(proxy);
  } catch (cause) {
    if (!(cause instanceof ImageError) || cause.code !== 'PROXY_INVALID') throw cause;
    throw new EcrError('PROXY_INVALID', cause.message, { cause });
  }
}

function useConnections(connections: Connections | undefined): object {
  if (connections === undefined) return {};
  const requestHandler = { httpAgent: connections.http, httpsAgent: connections.https };
  // The SDK hands `clientConfig` to the clients of its own that fetch credentials: that of SSO takes nothing else.
  return { requestHandler, clientConfig: { requestHandler } };
}
