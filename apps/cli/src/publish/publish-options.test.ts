import { expect, test } from 'vitest';
import { makeProjectOf } from '../../test/make-project.ts';
import { runOptml } from '../../test/run-optml.ts';

test.each([
  [['--repository', 'Iris'], {}, 'registry.repository (--repository): "Iris" is not a valid repository name'],
  [[], { OPTML_REPOSITORY: 'iris:1' }, 'registry.repository (OPTML_REPOSITORY): "iris:1" is not a valid'],
  [['--tag', 'a b'], {}, 'registry.tags (--tag): "a b" is not a valid tag'],
  [['--region', 'eu-west-1a'], {}, 'registry.regions (--region): "eu-west-1a" is not an AWS region'],
  [[], { AWS_REGION: 'Frankfurt' }, 'registry.regions (AWS_REGION): "Frankfurt" is not an AWS region'],
  [['--account', '12'], {}, 'registry.accounts (--account): "12" is not an AWS account'],
  [[], { AWS_ENDPOINT_URL_ECR: 'localhost:4566' }, 'the endpoint "localhost:4566" is not an address'],
  [[], { AWS_REGION: '', AWS_CONFIG_FILE: 'absent' }, 'region'],
])('%j with %j is refused before anything is bundled', async (words, environment, message) => {
  const workingDirectory = await makeProjectOf('function');

  const refused = await runOptml(['publish', '--base', 'scratch', ...words], {
    workingDirectory,
    environment: { AWS_REGION: 'us-east-1', ...environment },
  });

  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  expect(refused.err).not.toContain('bundling');
});
