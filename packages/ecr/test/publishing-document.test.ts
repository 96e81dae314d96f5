/** docs/publishing.md and the code know the same rules and the same permissions. */

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lintRules } from '../src/lint/finding.ts';
import { describePolicy, type PolicyNeed } from '../src/publish/iam-policy.ts';

const document = await readFile(new URL('../../../docs/publishing.md', import.meta.url), 'utf8');
const repositories = [{ region: 'us-east-1', accountId: '123456789012', repository: 'iris' }];

const needs: Readonly<Record<string, Omit<PolicyNeed, 'repositories'>>> = {
  '`publish`, to a repository that is there': { command: 'publish' },
  '`publish` that makes the repository: also': { command: 'publish', create: true },
  '`--immutable`: also': { command: 'publish', settings: { tagMutability: { immutable: true } } },
  '`--lifecycle-policy`: also': { command: 'publish', settings: { lifecyclePolicy: {} } },
  '`--repository-policy`: also': { command: 'publish', settings: { policy: [] } },
  '`--resource-tag`: also': { command: 'publish', settings: { tags: {} } },
  '`publish --scan`: also': { command: 'scan' },
  '`publish --dry-run`': { command: 'dry-run' },
  '`images repair`': { command: 'repair' },
  '`images lint`': { command: 'lint' },
};

function listActions(need: Omit<PolicyNeed, 'repositories'>): readonly string[] {
  const [statement] = describePolicy({ ...need, repositories }).Statement;
  return statement?.Action ?? [];
}

/** The rows that the document must have. */
function expectedRows(): readonly string[] {
  const base = listActions({ command: 'publish' });
  return Object.entries(needs).map(([name, need]) => {
    const actions = listActions(need).filter((action) => !name.endsWith('also') || !base.includes(action));
    return `| ${name} | ${actions.length === 0 ? 'none' : actions.map((action) => `\`${action}\``).join(', ')} |`;
  });
}

test('the document has the permissions of each command', () => {
  const table = document
    .slice(document.indexOf('| command | actions |'))
    .split('\n\n')[0]
    ?.split('\n')
    .slice(2);

  expect(table).toEqual(expectedRows());
});

test('the document has each rule of lint, with its severity and reason', () => {
  const table = document
    .slice(document.indexOf('| rule | severity |'))
    .split('\n\n')[0]
    ?.split('\n')
    .slice(2);

  expect(table).toEqual(
    Object.entries(lintRules).map(
      ([code, { severity, reason }]) => `| \`${code}\` | ${severity} | ${reason} |`,
    ),
  );
});

test('a policy names the partition of each region', () => {
  const { Statement } = describePolicy({
    command: 'repair',
    repositories: [
      { region: 'cn-north-1', accountId: '123456789012', repository: 'iris' },
      { region: 'eusc-de-east-1', accountId: '123456789012', repository: 'iris' },
    ],
  });

  expect(Statement[0]?.Resource).toEqual([
    'arn:aws-cn:ecr:cn-north-1:123456789012:repository/iris',
    'arn:aws-eusc:ecr:eusc-de-east-1:123456789012:repository/iris',
  ]);
});
