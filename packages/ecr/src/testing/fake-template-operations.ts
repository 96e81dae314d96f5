/** Operations on repository creation templates. */

import { EcrFailure } from './ecr-failure.ts';
import { cutPage } from './fake-pages.ts';
import { isRepositoryName, readMutability } from './fake-repositories.ts';
import type { StoredRegistry, StoredTemplate } from './fake-store.ts';
import type { Input, Operation } from './operation.ts';
import { requireJson, requireList } from './require.ts';

/** What a template holds beside its prefix and its dates. */
const settingNames = [
  'description',
  'encryptionConfiguration',
  'resourceTags',
  'imageTagMutability',
  'imageTagMutabilityExclusionFilters',
  'repositoryPolicy',
  'lifecyclePolicy',
  'appliedFor',
  'customRoleArn',
];

const occasions = ['REPLICATION', 'PULL_THROUGH_CACHE', 'CREATE_ON_PUSH'];

function readSettings(input: Input): Record<string, unknown> {
  const settings = Object.fromEntries(
    settingNames.filter((name) => input[name] !== undefined).map((name) => [name, input[name]]),
  );
  for (const name of ['repositoryPolicy', 'lifecyclePolicy']) {
    // An empty text takes a policy away.
    if (settings[name] === '') settings[name] = undefined;
    else if (settings[name] !== undefined) requireJson(settings[name], name);
  }
  if (settings.appliedFor !== undefined) {
    const unknown = requireList<string>(input, 'appliedFor', occasions.length).find(
      (occasion) => !occasions.includes(occasion),
    );
    if (unknown !== undefined)
      throw refuse(`the value '${unknown}' at 'appliedFor' is not one of ${occasions}`);
  }
  return settings;
}

function refuse(message: string): EcrFailure {
  return new EcrFailure('ValidationException', message);
}

function findTemplate({ templates, accountId }: StoredRegistry, prefix: unknown): StoredTemplate {
  const found = templates.get(String(prefix));
  if (found !== undefined) return found;
  throw new EcrFailure(
    'TemplateNotFoundException',
    `The repository creation template with prefix '${prefix}' does not exist in the registry with id '${accountId}'`,
  );
}

function show({ prefix, settings, createdAt, updatedAt }: StoredTemplate) {
  return {
    prefix,
    ...settings,
    createdAt: createdAt.getTime() / 1000,
    updatedAt: updatedAt.getTime() / 1000,
  };
}

function save(registry: StoredRegistry, template: StoredTemplate) {
  readMutability(template.settings);
  registry.templates.set(template.prefix, template);
  return { registryId: registry.accountId, repositoryCreationTemplate: show(template) };
}

/** By name. */
export const templateOperations: Readonly<Record<string, Operation>> = {
  CreateRepositoryCreationTemplate: (input, { registry }) => {
    const prefix = String(input.prefix);
    if (prefix !== 'ROOT' && !isRepositoryName(`${prefix.replace(/\/$/, '')}/0`)) {
      throw refuse(`the prefix '${prefix}' is not ROOT and not the beginning of a repository's name`);
    }
    if (registry.templates.has(prefix)) {
      throw new EcrFailure(
        'TemplateAlreadyExistsException',
        `The repository creation template with prefix '${prefix}' already exists in the registry with id '${registry.accountId}'`,
      );
    }
    requireList(input, 'appliedFor', occasions.length);
    const now = new Date();
    return save(registry, { prefix, settings: readSettings(input), createdAt: now, updatedAt: now });
  },
  DescribeRepositoryCreationTemplates: (input, { registry }) => {
    const prefixes = input.prefixes as readonly string[] | undefined;
    const found = [...registry.templates.values()].filter(({ prefix }) => prefixes?.includes(prefix) ?? true);
    const { items, next } = cutPage(input, found, {
      list: `templates of ${registry.accountId} in ${registry.region}`,
      keyOf: ({ prefix }) => prefix,
    });
    return { registryId: registry.accountId, repositoryCreationTemplates: items.map(show), ...next };
  },
  UpdateRepositoryCreationTemplate: (input, { registry }) => {
    const template = findTemplate(registry, input.prefix);
    const changes = readSettings(input);
    const settings = { ...template.settings, ...changes };
    // The exclusions belong to the mutability that they were given with.
    if (changes.imageTagMutability !== undefined)
      settings.imageTagMutabilityExclusionFilters = changes.imageTagMutabilityExclusionFilters;
    return save(registry, { ...template, settings, updatedAt: new Date() });
  },
  DeleteRepositoryCreationTemplate: (input, { registry }) => {
    const template = findTemplate(registry, input.prefix);
    registry.templates.delete(template.prefix);
    return { registryId: registry.accountId, repositoryCreationTemplate: show(template) };
  },
};
