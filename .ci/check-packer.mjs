/**
 * Runs before a package is packed: only pnpm turns `catalog:` and `workspace:` into versions, so that what another
 * program packs could be installed nowhere.
 */

import { readFileSync } from 'node:fs';

const packer = process.env.npm_config_user_agent?.split('/')[0] ?? 'this program';
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const kinds = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'];
const leaks = kinds.flatMap((kind) =>
  Object.entries(manifest[kind] ?? {})
    .filter(([, version]) => /^(catalog|workspace):/.test(version))
    .map(([name, version]) => `${name} ("${version}")`),
);
if (packer !== 'pnpm' && leaks.length > 0) {
  const pnpm = `npx --yes ${JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).packageManager}`;
  console.error(
    `cannot pack ${manifest.name} with ${packer}, which would leave the version of ${leaks.join(', ')} in the package as it is: run "${pnpm} pack" here, or "${pnpm} release" to publish every package`,
  );
  process.exitCode = 1;
}
