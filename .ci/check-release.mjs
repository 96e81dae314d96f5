/** Runs before a release: packages on the registry of npm itself say where their source is. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { repository } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
// npm's warnings are of settings that pnpm, which publishes, may know.
const asked = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', stdio: 'pipe' });
const registry = asked.trim();
if (repository === undefined && new URL(registry).hostname === 'registry.npmjs.org') {
  console.error(
    `cannot release to ${registry}: package.json has no "repository", which npm's provenance compares with where a package was built: set it to the repository's address, such as "git+https://...", and every package gets it`,
  );
  process.exitCode = 1;
}
