/** How registries are reached: through proxies, and which of them over plain http. */

import { describeProxy, type ProxySettings, readProxySettings } from '@optml/image';
import type { Surroundings } from '../surroundings.ts';
import { writeProse } from '../write-to.ts';

/** The options as they were typed. */
export interface NetworkOptions {
  /** Hosts of registries, with their ports. */
  readonly plainHttp?: readonly string[];
  readonly verbose?: true;
}

/** What a registry's client is told. */
export interface Network {
  readonly proxy: ProxySettings;
  readonly plainHttp: readonly string[];
}

/** Reads the proxies of the environment; with `--verbose` they are named in the log, without their passwords. */
export async function readNetwork(
  { plainHttp = [], verbose }: NetworkOptions,
  { environment, stderr }: Pick<Surroundings, 'environment' | 'stderr'>,
): Promise<Network> {
  const proxy = readProxySettings(environment);
  if (verbose === true) await writeProse(stderr, `proxy: ${describeProxy(proxy) ?? 'none'}`);
  return { proxy, plainHttp };
}
