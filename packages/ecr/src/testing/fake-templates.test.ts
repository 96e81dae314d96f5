import {
  CreateRepositoryCommand,
  CreateRepositoryCreationTemplateCommand,
  type CreateRepositoryCreationTemplateCommandInput,
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryCreationTemplateCommand,
  DeleteRepositoryPolicyCommand,
  DescribeRepositoryCreationTemplatesCommand,
  InitiateLayerUploadCommand,
  PutLifecyclePolicyCommand,
  paginateDescribeRepositoryCreationTemplates,
  SetRepositoryPolicyCommand,
  UpdateRepositoryCreationTemplateCommand,
} from '@aws-sdk/client-ecr';
import { expect, test } from 'vitest';
import { logInWith, repositoryName, startClient } from '../../test/start-client.ts';

const policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
const lifecycle = JSON.stringify({ rules: [] });

async function startPushing(...templates: Partial<CreateRepositoryCreationTemplateCommandInput>[]) {
  const started = await startClient({}, { create: false });
  for (const template of templates) {
    await started.client.send(
      new CreateRepositoryCreationTemplateCommand({
        prefix: 'team',
        appliedFor: ['CREATE_ON_PUSH'],
        ...template,
      }),
    );
  }
  const headers = await logInWith(started);
  const push = (name: string) =>
    fetch(`${started.ecr.url}/v2/${name}/blobs/uploads/`, { method: 'POST', headers });
  return { ...started, push, repositories: started.ecr.registry().repositories };
}

test('a push makes the repository as the template for its prefix says', async () => {
  const { push, repositories } = await startPushing(
    { prefix: 'ROOT' },
    {
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/team' },
      resourceTags: [{ Key: 'team', Value: 'one' }],
      repositoryPolicy: policy,
      lifecyclePolicy: lifecycle,
    },
    { prefix: 'team/b/', imageTagMutability: 'IMMUTABLE' },
  );

  const statuses = [];
  for (const name of ['team/a', 'team/b/c', 'team/b', 'teams', 'team'])
    statuses.push((await push(name)).status);

  expect(statuses).toEqual(Array(5).fill(202));
  expect(repositories.get('team/a')).toMatchObject({
    tagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    mutabilityExclusions: ['dev-*'],
    encryption: { encryptionType: 'KMS', kmsKey: 'alias/team' },
    resourceTags: new Map([['team', 'one']]),
    policyText: policy,
    lifecyclePolicyText: lifecycle,
  });
  expect([...repositories.values()].map(({ name, tagMutability }) => [name, tagMutability])).toEqual([
    ['team/a', 'IMMUTABLE_WITH_EXCLUSION'],
    ['team/b/c', 'IMMUTABLE'],
    ['team/b', 'IMMUTABLE_WITH_EXCLUSION'],
    ['teams', 'MUTABLE'],
    ['team', 'MUTABLE'],
  ]);
});

test.each([
  ['no template', []],
  ['a template for other names', [{ prefix: 'tea' }]],
  [
    'a template for other occasions',
    [{ appliedFor: ['REPLICATION' as const, 'PULL_THROUGH_CACHE' as const] }],
  ],
])('with %s, a push makes nothing', async (_, templates) => {
  const { push, repositories } = await startPushing(...templates);

  const answer = await push('team/a');

  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ errors: [{ code: 'NAME_UNKNOWN' }] });
  expect(repositories.size).toBe(0);
});

test('the layer API makes no repository', async () => {
  const { client } = await startPushing({ prefix: 'ROOT' });

  const begun = client.send(new InitiateLayerUploadCommand({ repositoryName: 'team/a' }));

  await expect(begun).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
});

test('templates are described in pages, changed and deleted', async () => {
  const { client } = await startPushing(
    {
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'x' }],
      description: 'ours',
    },
    { prefix: 'ROOT' },
    { prefix: 'a' },
  );

  const pages = [];
  for await (const page of paginateDescribeRepositoryCreationTemplates({ client, pageSize: 2 }, {}))
    pages.push(page.repositoryCreationTemplates?.map(({ prefix }) => prefix));
  const changed = await client.send(
    new UpdateRepositoryCreationTemplateCommand({ prefix: 'team', imageTagMutability: 'MUTABLE' }),
  );
  const deleted = await client.send(new DeleteRepositoryCreationTemplateCommand({ prefix: 'team' }));
  const left = await client.send(new DescribeRepositoryCreationTemplatesCommand({ prefixes: ['team', 'a'] }));

  expect(pages).toEqual([['ROOT', 'a'], ['team']]);
  expect(changed).toMatchObject({
    registryId: '123456789012',
    repositoryCreationTemplate: {
      prefix: 'team',
      description: 'ours',
      imageTagMutability: 'MUTABLE',
      appliedFor: ['CREATE_ON_PUSH'],
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    },
  });
  expect(changed.repositoryCreationTemplate?.imageTagMutabilityExclusionFilters).toBeUndefined();
  expect(deleted.repositoryCreationTemplate).toEqual(changed.repositoryCreationTemplate);
  expect(left.repositoryCreationTemplates?.map(({ prefix }) => prefix)).toEqual(['a']);
});

test.each([
  [{ prefix: 'team' }, 'TemplateAlreadyExistsException'],
  [{ prefix: 'Not/valid' }, 'ValidationException'],
  [{ prefix: 'a', appliedFor: [] }, 'InvalidParameterException'],
  [{ prefix: 'a', appliedFor: ['SOMETIMES' as 'REPLICATION'] }, 'ValidationException'],
  [{ prefix: 'a', repositoryPolicy: 'no JSON' }, 'InvalidParameterException'],
  [{ prefix: 'a', imageTagMutability: 'MUTABLE_WITH_EXCLUSION' as const }, 'InvalidParameterException'],
])('the template %j is refused: %s', async (template, name) => {
  const { client } = await startPushing({});

  const made = client.send(
    new CreateRepositoryCreationTemplateCommand({ appliedFor: ['CREATE_ON_PUSH'], ...template }),
  );

  await expect(made).rejects.toMatchObject({ name });
});

test('a template that is not there cannot be changed or deleted', async () => {
  const { client } = await startPushing();
  const prefix = 'none';

  for (const command of [
    new UpdateRepositoryCreationTemplateCommand({ prefix }),
    new DeleteRepositoryCreationTemplateCommand({ prefix }),
  ])
    await expect(client.send(command as DeleteRepositoryCreationTemplateCommand)).rejects.toMatchObject({
      name: 'TemplateNotFoundException',
    });
});

test('policies are deleted once', async () => {
  const { client } = await startPushing();
  const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 1, description: 'x'.repeat(80) }] });
  await client.send(new CreateRepositoryCommand({ repositoryName }));
  await client.send(new SetRepositoryPolicyCommand({ repositoryName, policyText: policy }));
  await client.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
  const removePolicy = () => client.send(new DeleteRepositoryPolicyCommand({ repositoryName }));
  const removeRules = () => client.send(new DeleteLifecyclePolicyCommand({ repositoryName }));

  expect(await removePolicy()).toMatchObject({ repositoryName, policyText: policy });
  expect(await removeRules()).toMatchObject({ repositoryName, lifecyclePolicyText });
  await expect(removePolicy()).rejects.toMatchObject({ name: 'RepositoryPolicyNotFoundException' });
  await expect(removeRules()).rejects.toMatchObject({ name: 'LifecyclePolicyNotFoundException' });
});
