import { expect, test } from 'vitest';
import { makeImage } from '../../test/make-image.ts';
import { startTarget } from '../../test/start-target.ts';
import { planPublish } from './plan-publish.ts';
import { publishImage } from './publish-image.ts';

const repository = 'iris';

async function start() {
  const heard = Promise.withResolvers<void>();
  const { connection } = await startTarget({
    onCall: ({ operation }) => operation === 'BatchGetImage' && heard.resolve(),
  });
  const options = { targets: [{ connection, repository }], tags: ['v1'] } as const;
  await connection.call('CreateRepository', { repositoryName: repository });
  return { options, heard: heard.promise };
}

test('repositories are asked while the image is being made', async () => {
  const { options, heard } = await start();
  const image = Promise.withResolvers<ReturnType<typeof makeImage>>();

  const planning = planPublish(image.promise, options);
  await heard;
  image.resolve(makeImage(['base']));

  expect((await planning).targets).toMatchObject([{ tags: ['v1'], blobs: [{}, {}] }]);
});

test.each([repository, 'absent'])('an image that cannot be made fails the plan for %s', async (name) => {
  const { options } = await start();
  const image = Promise.reject(new Error('no such base'));

  const planning = planPublish(image, {
    ...options,
    targets: [{ ...options.targets[0], repository: name }],
  });

  await expect(planning).rejects.toThrow('no such base');
  await expect(publishImage(makeImage(['base']), options)).resolves.toBeDefined();
});
