/** docs/environment.md and the code know the same environment variables. */

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hostingVariables, trainingVariables } from '@optml/contract/environment';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const document = readFileSync(`${root}docs/environment.md`, 'utf8');
const sections = new Map(
  document
    .split(/^## /m)
    .slice(1)
    .map((section) => [
      section.slice(0, section.indexOf('\n')),
      [...section.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, name]) => name as string),
    ]),
);
const documented = [...sections.values()].flat();

/** A member of what holds variables, an argument that is one of them, and a name that is ours wherever it stands. */
const readPatterns = [
  /\b(?:env|environment)\??\.([A-Z][A-Z0-9_]+)\b/g,
  /\{ ([A-Z][A-Z0-9_]+)(?: = '')? \}: Environment/g,
  /'((?:(?:OPTML|SAGEMAKER)_[A-Z0-9_]*[A-Z0-9])|(?:[A-Z]+_PROXY))'/g,
];

/** What the packages and the apps that users run read, besides what the contract reads. */
function findReadVariables(): readonly string[] {
  const files = globSync(['packages/*/src/**/*.ts', 'apps/{cli,container}/src/**/*.ts'], { cwd: root });
  const names = files
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => readFileSync(`${root}${file}`, 'utf8'))
    .flatMap((text) => readPatterns.flatMap((pattern) => [...text.matchAll(pattern)]))
    .map(([, name]) => name as string);
  return [...new Set(names)];
}

test('every variable that the code reads is documented, and every documented one is read', () => {
  const read = new Set([...trainingVariables, ...hostingVariables, ...findReadVariables()]);

  expect([...documented].sort()).toEqual([...read].sort());
});

test.each([
  ['Training', trainingVariables],
  ['Hosting', hostingVariables],
])('a variable of the contract stands under %s, or under both', (heading, variables) => {
  const here = [...(sections.get('Training and hosting') ?? []), ...(sections.get(heading) ?? [])];

  expect(variables.filter((name) => !here.includes(name))).toEqual([]);
});
