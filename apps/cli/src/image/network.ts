/** How registries are reached: through proxies, and which of them over plain http. */

import type { Environment } from '@optml/contract/environment';
import { describeProxy, type ProxySettings, readProxySettings } from '@optml/image/proxy';
import { writeProse } from '../terminal/write-to.ts';

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
  { environment, stderr }: { readonly environment: Environment; readonly stderr: NodeJS.WritableStream },
): Promise<Network> {
  const proxy = readProxySettings(environment);
  if (verbose === true) await writeProse(stderr, `proxy: ${describeProxy(proxy) ?? 'none'}`);
  return { proxy, plainHttp };
}
