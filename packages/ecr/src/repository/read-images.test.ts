/** The newest image is found among many, and not at any price. */

import { expect, test } from 'vitest';
import { makeImage } from '../../test/make-image.ts';
import { startTarget } from '../../test/start-target.ts';
import type { Connection } from '../connection/connection.ts';
import { publishImage } from '../publish/publish-image.ts';
import { findLatestDigest } from './read-images.ts';

const repository = 'iris';

test('layers of the newest image are reused when ECR names it on the last page', async () => {
  const { ecr, connection } = await startTarget();
  const targets = [{ connection, repository }] as const;
  await publishImage(makeImage(['base', 'one']), { targets, tags: ['v1'] });
  const { images } = ecr.registry().repositories.get(repository) ?? {};
  const [newest] = images?.values() ?? [];
  for (let number = 0; number < 1000; number += 1) {
    const digest = `sha256:${String(number).padStart(64, '0')}`;
    images?.set(digest, {
      ...newest,
      manifest: '{}',
      mediaType: newest?.mediaType ?? '',
      digest,
      pushedAt: new Date(number),
    });
  }
  const image = makeImage(['base', 'two']);

  await publishImage(image, { targets, tags: ['v2'] });

  expect(image.compressions).toEqual([1]);
});

test('a repository of very many images is read to a limit, which is said', async () => {
  let calls = 0;
  const notices: string[] = [];
  const call = async () => {
    calls += 1;
    const imageDetails = [
      {
        imageDigest: `sha256:${calls}`,
        imageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
        imagePushedAt: new Date(calls === 7 ? 1000 : calls),
      },
    ];
    return { imageDetails, nextToken: 'more' };
  };
  const connection = { call } as unknown as Connection;

  const latest = await findLatestDigest(
    connection,
    { repository },
    { onNotice: (notice) => notices.push(notice) },
  );

  expect([latest, calls]).toEqual(['sha256:7', 20]);
  expect(notices).toEqual([expect.stringMatching(/^iris has more than 20000 images.*lifecycle policy/)]);
});
