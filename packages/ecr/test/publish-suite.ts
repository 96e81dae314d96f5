/** What publishing does, whatever the registry behind it is and however bytes get there. */

import { randomBytes } from 'node:crypto';
import { digestOf } from '@optml/image/manifest';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../src/connection/connection.ts';
import { planPublish } from '../src/publish/plan-publish.ts';
import { publishImage } from '../src/publish/publish-image.ts';
import type { Transport } from '../src/publish/publish-target.ts';
import { readImages } from '../src/repository/read-images.ts';
import { makeImage } from './make-image.ts';

/** A registry with ECR's API that runs for one test. */
export interface SuiteRegistry {
  readonly connection: Connection;
  /** Operations of the JSON API, and bytes of layers that were sent, since the last call. */
  takeNews(): { readonly apiCalls: readonly string[]; readonly layerBytes: number };
  /** Reads a blob behind the publisher's back. */
  readBlob(repository: string, digest: string): Promise<Uint8Array>;
}

/** Defines the suite for one kind of registry. */
export function definePublishSuite(name: string, start: () => Promise<SuiteRegistry>): void {
  describe.each<Transport>(['registry', 'ecr-api', 'auto'])(`${name}, transport %s`, (transport) => {
    async function startPublishing() {
      const registry = await start();
      const repository = `iris-${randomBytes(4).toString('hex')}`;
      const publish = (image: Parameters<typeof publishImage>[0], ...tags: string[]) =>
        publishImage(image, { targets: [{ connection: registry.connection, repository }], tags, transport });
      const read = (...tags: string[]) =>
        readImages(
          registry.connection,
          { repository },
          tags.map((imageTag) => ({ imageTag })),
        );
      return { ...registry, repository, publish, read };
    }

    test('a first run makes the repository and sends everything, once for all tags', async () => {
      const { publish, read, readBlob, repository } = await startPublishing();
      const image = makeImage(['base', 'application']);

      const result = await publish(image, 'v1', 'latest');

      expect(result).toMatchObject({
        mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        references: [expect.stringMatching(new RegExp(`/${repository}@${result.digest}$`))],
        layers: [{ reused: false }, { reused: false }],
        targets: [
          {
            created: true,
            unchanged: false,
            tagReferences: [expect.stringMatching(/:v1$/), expect.stringMatching(/:latest$/)],
          },
        ],
      });
      const images = await read('v1', 'latest');
      expect(images.map(({ digest }) => digest)).toEqual([result.digest, result.digest]);
      const manifest = JSON.parse(images[0]?.manifest ?? '');
      for (const { digest, size } of [manifest.config, ...manifest.layers]) {
        const blob = await readBlob(repository, digest);
        expect([digestOf(blob), blob.length]).toEqual([digest, size]);
      }
      expect(result.bytesSent).toBe(manifest.config.size + manifest.layers[0].size + manifest.layers[1].size);
    });

    test('nothing changed: no layer is compressed or sent, with at most 5 calls', async () => {
      const { publish, takeNews } = await startPublishing();
      await publish(makeImage(['base', 'application']), 'v1');
      takeNews();
      const image = makeImage(['base', 'application']);

      const result = await publish(image, 'v1');

      const { apiCalls, layerBytes } = takeNews();
      expect(result).toMatchObject({
        bytesSent: 0,
        layers: [{ reused: true }, { reused: true }],
        targets: [{ unchanged: true, created: false }],
      });
      expect(image.compressions).toEqual([]);
      expect(layerBytes).toBe(0);
      expect(apiCalls).toEqual(['DescribeRepositories', 'BatchGetImage', 'BatchCheckLayerAvailability']);
    });

    test('one changed layer is the only one that is compressed and sent', async () => {
      const { publish, read } = await startPublishing();
      const first = await publish(makeImage(['base', 'one']), 'v1');
      const image = makeImage(['base', 'two']);

      const result = await publish(image, 'v1');

      expect(image.compressions).toEqual([1]);
      expect(result.layers.map(({ reused }) => reused)).toEqual([true, false]);
      expect(result.layers[0]).toEqual({ ...first.layers[0], reused: true });
      expect((await read('v1'))[0]?.digest).toBe(result.digest);
    });

    test('layers of the newest image are reused under a tag that is new', async () => {
      const { publish } = await startPublishing();
      await publish(makeImage(['base', 'one']), 'v1');
      const image = makeImage(['base', 'two']);

      await publish(image, 'v2');

      expect(image.compressions).toEqual([1]);
    });

    test('a layer that another zlib compressed is reused as it is', async () => {
      const { publish } = await startPublishing();
      const tar = Buffer.from('the same files '.repeat(1000));
      const first = await publish(makeImage([{ tar, level: 1 }]), 'v1');

      const again = await publish(makeImage([{ tar, level: 9 }]), 'v1');

      expect(again).toMatchObject({ digest: first.digest, bytesSent: 0 });
    });

    test('the same layer twice in an image is sent once', async () => {
      const { publish, takeNews } = await startPublishing();
      const tar = randomBytes(100_000);

      await publish(makeImage([{ tar }, { tar }]), 'v1');

      expect(takeNews().layerBytes).toBeLessThan(150_000);
    });

    test('a plan compresses and counts, and sends nothing', async () => {
      const { connection, repository, publish, takeNews } = await startPublishing();
      await publish(makeImage(['base', 'one']), 'v1');
      takeNews();
      const image = makeImage(['base', 'two']);

      const plan = await planPublish(image, {
        targets: [{ connection, repository }],
        tags: ['v1', 'v2'],
        transport,
      });

      expect(plan.targets).toMatchObject([{ tags: ['v1', 'v2'], unchanged: false, blobs: [{}, {}] }]);
      expect(takeNews()).toMatchObject({ layerBytes: 0 });
      expect((await publish(image, 'v1')).digest).toBe(plan.manifest.descriptor.digest);
    });

    test('without a tag the image is there under its digest', async () => {
      const { publish, connection, repository } = await startPublishing();

      const { digest } = await publish(makeImage(['base']));

      expect(await readImages(connection, { repository }, [{ imageDigest: digest }])).toMatchObject([
        { digest },
      ]);
    });

    test('two runs at once end with one image and one repository', async () => {
      const { publish, read } = await startPublishing();

      const results = await Promise.all([1, 2].map(() => publish(makeImage(['base', 'application']), 'v1')));

      expect(results[0]?.digest).toBe(results[1]?.digest);
      expect(results.filter(({ targets }) => targets[0]?.created)).toHaveLength(1);
      expect((await read('v1'))[0]?.digest).toBe(results[0]?.digest);
    });
  });
}
