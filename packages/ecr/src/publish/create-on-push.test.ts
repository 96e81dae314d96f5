/** Publishing where only a push may make a repository: a creation template covers its name, and CreateRepository is denied. */

import { expect, test } from 'vitest';
import { makeImage } from '../../test/make-image.ts';
import { startTarget } from '../../test/start-target.ts';
import type { RepositorySettings } from '../repository/ensure-repository.ts';
import type { FakeEcrStatement } from '../testing/fake-ecr-options.ts';
import { describePolicy, type PolicyNeed } from './iam-policy.ts';
import type { PublishEvent } from './plan-publish.ts';
import { publishImage } from './publish-image.ts';
import type { Transport } from './publish-target.ts';

const repository = 'team/iris';
const resource = `arn:aws:ecr:us-east-1:123456789012:repository/${repository}`;

interface Situation {
  /** Of the creation template; none when it is left out. */
  readonly template?: Readonly<Record<string, unknown>>;
  readonly settings?: RepositorySettings;
  readonly transport?: Transport;
  readonly deny?: readonly FakeEcrStatement[];
}

/** The policy that is printed for a repository that is there. */
function allow(need: Partial<PolicyNeed>): readonly FakeEcrStatement[] {
  const repositories = [{ region: 'us-east-1', accountId: '123456789012', repository }];
  return describePolicy({ command: 'publish', repositories, ...need }).Statement;
}

async function start({ template, settings, transport = 'auto', deny = [] }: Situation) {
  const started = await startTarget({ policy: [...allow({ settings, transport }), ...deny] });
  const { ecr, connection } = started;
  const now = new Date();
  const appliedFor = ['CREATE_ON_PUSH'];
  if (template !== undefined) {
    const made = { prefix: 'team', settings: { appliedFor, ...template }, createdAt: now, updatedAt: now };
    ecr.registry().templates.set('team', made);
  }
  const events: PublishEvent[] = [];
  return {
    ecr,
    events,
    publish: (image = makeImage(['base', 'application'])) =>
      publishImage(image, {
        targets: [{ connection, repository, ...(settings && { settings }) }],
        tags: ['v1'],
        transport,
        onEvent: (event) => events.push(event),
      }),
    stored: () => ecr.registry().repositories.get(repository),
  };
}

test.each<Transport>(['auto', 'registry'])(
  'by %s, the push makes the repository as the template says',
  async (transport) => {
    const template = { imageTagMutability: 'IMMUTABLE', resourceTags: [{ Key: 'owner', Value: 'template' }] };
    const { publish, stored, events, ecr } = await start({ template, transport });

    const { digest, targets, bytesSent } = await publish();

    const { blobs, tags, ...made } = stored() ?? {};
    expect(made).toMatchObject({
      tagMutability: 'IMMUTABLE',
      resourceTags: new Map([['owner', 'template']]),
    });
    expect(tags?.get('v1')).toBe(digest);
    expect(targets).toMatchObject([
      { created: true, reference: expect.stringContaining(`/${repository}@${digest}`) },
    ]);
    // Every blob once, the one that was pushed first included.
    expect(bytesSent).toBe([...(blobs?.values() ?? [])].reduce((sum, { length }) => sum + length, 0));
    expect(ecr.calls.filter(({ operation }) => operation === 'PUT upload')).toHaveLength(3);
    expect(events.filter(({ kind }) => kind === 'created' || kind === 'notice')).toMatchObject([
      { kind: 'notice', message: expect.stringContaining('the push created the repository') },
      { kind: 'created', repository },
    ]);
  },
);

test('the settings that publishing was told are applied to what the template made', async () => {
  const settings: RepositorySettings = {
    tagMutability: { immutable: true, except: ['latest'] },
    tags: { team: 'iris' },
    policy: [{ Sid: 'Pull', Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }],
    lifecyclePolicy: { rules: [{ rulePriority: 1 }] },
  };
  const { publish, stored } = await start({
    template: { resourceTags: [{ Key: 'owner', Value: 'template' }] },
    settings,
  });

  await publish();

  expect(stored()).toMatchObject({
    tagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    mutabilityExclusions: ['latest'],
    resourceTags: new Map([
      ['owner', 'template'],
      ['team', 'iris'],
    ]),
    policyText: expect.stringContaining('"Pull"'),
    lifecyclePolicyText: JSON.stringify(settings.lifecyclePolicy),
  });
});

test('a setting that may not be applied is an error, and no tag is set; the push is not undone', async () => {
  const settings = { tags: { team: 'iris' } };
  const denied = { Effect: 'Deny', Action: 'ecr:TagResource', Resource: resource } as const;
  const deny: FakeEcrStatement[] = [denied];
  const { publish, stored } = await start({ template: {}, settings, deny });

  await expect(publish()).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    action: 'ecr:TagResource',
    resource,
  });

  expect(stored()?.tags.size).toBe(0);
});

test('an encryption that the template does not choose is a conflict that names the template', async () => {
  const { publish } = await start({ template: {}, settings: { encryption: { type: 'KMS' } } });

  await expect(publish()).rejects.toMatchObject({
    code: 'REPOSITORY_CONFLICT',
    message: expect.stringMatching(/is encrypted with AES256, not with KMS.*creation template/),
  });
});

test.each<[string, Situation]>([
  ['there is no template', {}],
  ['the template is for other occasions', { template: { appliedFor: ['REPLICATION'] } }],
  ['only the registry API is used', { transport: 'registry' }],
  ['only the layer API is used', { transport: 'ecr-api', template: {} }],
  [
    'CreateRepository is denied explicitly',
    { deny: [{ Effect: 'Deny', Action: 'ecr:CreateRepository', Resource: '*' }] },
  ],
  [
    'the push is denied, too',
    { template: {}, deny: [{ Effect: 'Deny', Action: 'ecr:InitiateLayerUpload', Resource: '*' }] },
  ],
])('both ways are named when %s', async (_, situation) => {
  const { publish, stored, events } = await start(situation);

  const published = publish();

  await expect(published).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    message: expect.stringMatching(
      /^you are not allowed to use ecr:CreateRepository on arn:aws:.*or ask for a repository creation template for CREATE_ON_PUSH that covers "team\/iris"/,
    ),
    action: 'ecr:CreateRepository',
    resource,
  });
  expect(stored()).toBeUndefined();
  expect(events.filter(({ kind }) => kind === 'notice' || kind === 'created')).toEqual([]);
});

test('a registry that is out of reach is said as that', async () => {
  const { publish, ecr } = await start({ template: {}, transport: 'registry' });
  const answer = { type: 'UNKNOWN', status: 500 };
  ecr.inject({ on: 'POST upload', times: 10, answer });

  await expect(publish()).rejects.toMatchObject({
    code: 'UPLOAD_FAILED',
    message: expect.stringContaining('500'),
  });
});

test('where CreateRepository is allowed, it makes the repository, and no template', async () => {
  const { publish, ecr, stored } = await start({
    template: { imageTagMutability: 'IMMUTABLE' },
    deny: [{ Effect: 'Allow', Action: 'ecr:CreateRepository', Resource: resource }],
  });

  await publish();

  expect(stored()?.tagMutability).toBe('MUTABLE');
  expect(ecr.calls.filter(({ operation }) => operation === 'CreateRepository')).toMatchObject([
    { status: 200 },
  ]);
});
