import { expect, test } from 'vitest';
import { startTarget } from '../../test/start-target.ts';
import { ensureRepository, type RepositorySettings } from './ensure-repository.ts';

const address = { repository: 'team/iris' };
const settings: RepositorySettings = {
  tagMutability: { immutable: true, except: ['latest', 'dev-*'] },
  encryption: { type: 'KMS', kmsKey: 'alias/iris' },
  lifecyclePolicy: { rules: [{ rulePriority: 1 }] },
  policy: [{ Sid: 'Pull', Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }],
  tags: { team: 'iris' },
};

test('a repository is made with all of its settings', async () => {
  const { ecr, connection } = await startTarget();

  const repository = await ensureRepository(connection, address, { settings });

  expect(repository).toMatchObject({
    created: true,
    uri: '123456789012.dkr.ecr.us-east-1.amazonaws.com/team/iris',
    registryId: '123456789012',
  });
  expect(ecr.registry().repositories.get('team/iris')).toMatchObject({
    tagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    mutabilityExclusions: ['latest', 'dev-*'],
    encryption: { encryptionType: 'KMS', kmsKey: 'alias/iris' },
    resourceTags: new Map([['team', 'iris']]),
    lifecyclePolicyText: JSON.stringify(settings.lifecyclePolicy),
  });
  expect(['latest', 'dev-1', 'v1'].map(repository.canMoveTag)).toEqual([true, true, false]);
});

test('a second run changes nothing', async () => {
  const { ecr, connection } = await startTarget();
  await ensureRepository(connection, address, { settings });
  const before = ecr.calls.length;

  const { created } = await ensureRepository(connection, address, { settings });

  expect(created).toBe(false);
  expect(ecr.calls.slice(before).map(({ operation }) => operation)).toEqual([
    'DescribeRepositories',
    'ListTagsForResource',
    'GetLifecyclePolicy',
    'GetRepositoryPolicy',
  ]);
});

test('an existing repository is brought to its settings, and keeps what was not asked for', async () => {
  const { ecr, connection } = await startTarget();
  await ensureRepository(connection, address, {
    settings: {
      tags: { owner: 'somebody' },
      policy: [{ Sid: 'Other', Effect: 'Deny', Action: 'ecr:PutImage' }],
    },
  });
  const { encryption: _, ...wanted } = settings;

  await ensureRepository(connection, address, { settings: wanted });

  const stored = ecr.registry().repositories.get('team/iris');
  expect(stored?.tagMutability).toBe('IMMUTABLE_WITH_EXCLUSION');
  expect(stored?.resourceTags).toEqual(
    new Map([
      ['owner', 'somebody'],
      ['team', 'iris'],
    ]),
  );
  expect(JSON.parse(stored?.policyText ?? '').Statement.map(({ Sid }: { Sid: string }) => Sid)).toEqual([
    'Other',
    'Pull',
  ]);
});

test('several runs at once make one repository, with the statements of all of them', async () => {
  const { ecr, connection } = await startTarget();
  const ids = ['A', 'B', 'C'];

  const results = await Promise.all(
    ids.map((Sid) =>
      ensureRepository(connection, address, {
        settings: { policy: [{ Sid, Effect: 'Allow', Action: 'ecr:BatchGetImage' }] },
      }),
    ),
  );

  expect(results.filter(({ created }) => created)).toHaveLength(1);
  const { policyText = '' } = ecr.registry().repositories.get('team/iris') ?? {};
  expect(
    JSON.parse(policyText)
      .Statement.map(({ Sid }: { Sid: string }) => Sid)
      .sort(),
  ).toEqual(ids);
});

test('an encryption that the repository does not have is a conflict', async () => {
  const { connection } = await startTarget();
  await ensureRepository(connection, address);

  await expect(ensureRepository(connection, address, { settings })).rejects.toMatchObject({
    code: 'REPOSITORY_CONFLICT',
    message: expect.stringContaining('is encrypted with AES256, not with KMS and alias/iris'),
  });
});
