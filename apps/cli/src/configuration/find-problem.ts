/** Checks single values of the configuration: for the command that uses one and for `optml config`. */

import { readHostingEnvironment } from '@optml/contract/environment';
import type { ContractError } from '@optml/contract/errors';
import { assertAccount, assertRegion, assertRepositoryName, assertTag } from '@optml/ecr/names';
import { parsePlatform } from '@optml/image';
import { parseImageLocation } from '@optml/image/reference';
import { serverVariables } from './server-variables.ts';

const checks: Readonly<Record<string, (text: string) => unknown>> = {
  'image.base': parseImageLocation,
  'image.platform': parsePlatform,
  'registry.repository': assertRepositoryName,
  'registry.regions': assertRegion,
  'registry.accounts': assertAccount,
  'registry.tags': assertTag,
  ...Object.fromEntries(
    Object.entries(serverVariables).map(([name, variable]) => [
      `server.${name}`,
      (text: string) => readHostingEnvironment({ [variable]: text }),
    ]),
  ),
};

/** What is wrong with a value, or with one of a list, to be read after its name; `undefined` if nothing is. */
export function findProblem({
  name,
  value,
}: {
  readonly name: string;
  readonly value: unknown;
}): string | undefined {
  const check = checks[name];
  if (check === undefined || value === undefined) return undefined;
  for (const one of Array.isArray(value) ? value : [value]) {
    try {
      check(String(one));
    } catch (error) {
      const { code, message, problems } = error as Error & Partial<ContractError>;
      if (typeof code !== 'string') throw error;
      // That of the contract names a variable, which may not be where the value comes from.
      return problems?.[0] === undefined ? `: ${message}` : ` ${problems[0].message}`;
    }
  }
  return undefined;
}
