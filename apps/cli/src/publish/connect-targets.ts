/** Connects to the regions and accounts that an image is published to. */

import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '@optml/contract/environment';
import {
  type Connection,
  type ConnectionOptions,
  connectEcr,
  type PublishTarget,
  type RepositorySettings,
} from '@optml/ecr';
import { readProxySettings } from '@optml/image/proxy';

/** Where to. */
interface TargetOptions {
  readonly repository: string;
  readonly account: readonly string[];
  readonly settings: RepositorySettings | undefined;
}

/** Connections, the calls that were made so far, and what ends the connections. */
export interface ConnectedRegions {
  readonly connections: readonly Connection[];
  /** As `us-east-1 PutImage`. */
  readonly calls: readonly string[];
  close(): void;
}

/** Connections, and what is published through them. */
export interface ConnectedTargets extends ConnectedRegions {
  readonly targets: readonly [PublishTarget, ...PublishTarget[]];
}

/** One connection for each region. @throws EcrError what connecting throws */
export async function connectRegions(
  regions: readonly string[],
  environment: Environment,
): Promise<ConnectedRegions> {
  const calls: string[] = [];
  const connections: Connection[] = [];
  for (const name of regions.length === 0 ? [undefined] : new Set(regions)) {
    connections.push(
      await connectRegion(name, environment, (operation, where) => calls.push(`${where} ${operation}`)),
    );
  }
  return {
    connections,
    calls,
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
}

/** One target for each region and account. */
export function addTargets(
  connected: ConnectedRegions,
  { repository, account, settings }: TargetOptions,
): ConnectedTargets {
  const targets = connected.connections.flatMap((connection) =>
    (account.length === 0 ? [undefined] : [...new Set(account)]).map((registryId) => ({
      connection,
      repository,
      registryId,
      settings,
    })),
  );
  return { ...connected, targets: targets as [PublishTarget, ...PublishTarget[]] };
}

/** Without a name, the region is the environment's, as every AWS tool has it, and else the SDK's choice. */
export async function connectRegion(
  name: string | undefined,
  environment: Environment,
  onCall?: (operation: string, region: string) => void,
): Promise<Connection> {
  const region = name ?? (environment.AWS_REGION || environment.AWS_DEFAULT_REGION);
  const endpoint = readEndpoint(environment);
  const profile = readProfile(environment);
  return connectEcr({
    proxy: readProxySettings(environment),
    profile,
    region: region || undefined,
    endpoint,
    onCall,
  });
}

/** What stands in place of AWS's own endpoint, if anything does. */
export function readEndpoint(environment: Environment): string | undefined {
  return environment.AWS_ENDPOINT_URL_ECR || environment.AWS_ENDPOINT_URL || undefined;
}

/** Where the SDK looks for the profile that the environment names. */
function readProfile(environment: Environment): ConnectionOptions['profile'] {
  const name = environment.AWS_PROFILE;
  if (name === undefined || name === '') return undefined;
  const folder = join(environment.HOME || homedir(), '.aws');
  return {
    name,
    configFile: environment.AWS_CONFIG_FILE || join(folder, 'config'),
    credentialsFile: environment.AWS_SHARED_CREDENTIALS_FILE || join(folder, 'credentials'),
  };
}
