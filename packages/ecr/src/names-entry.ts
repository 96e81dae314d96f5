/** The names that AWS gives and takes, checked without a request. */

export { assertEndpoint, assertRegion } from './connection/partition.ts';
export { assertAccount, formatRegistryHost, parseRegistryHost } from './connection/registry-host.ts';
export { assertRepositoryName, assertTag } from './repository/assert-names.ts';
