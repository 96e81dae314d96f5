/** Where the leader listens: only on the job's network, when the platform names it and this host has it. */

import type { NetworkInterfaceInfo } from 'node:os';

const everywhere = '0.0.0.0';

/** Finds the address of interface `name` among `interfaces` (those of `os.networkInterfaces`), IPv4 first. */
export function findInterfaceAddress(
  name: string | undefined,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): string {
  const addresses = name !== undefined && Object.hasOwn(interfaces, name) ? (interfaces[name] ?? []) : [];
  const usable = addresses.filter(({ address }) => !address.startsWith('fe80:'));
  return (usable.find(({ family }) => family === 'IPv4') ?? usable[0])?.address ?? everywhere;
}
