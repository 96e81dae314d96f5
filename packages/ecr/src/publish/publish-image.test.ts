import { Buffer } from 'node:buffer';
import { definePublishSuite, type SuiteRegistry } from '../../test/publish-suite.ts';
import { startTarget } from '../../test/start-target.ts';
import type { FakeEcrOptions } from '../testing/fake-ecr-options.ts';

async function startSuiteRegistry(options: FakeEcrOptions): Promise<SuiteRegistry> {
  const { ecr, connection } = await startTarget(options);
  let seen = 0;
  return {
    connection,
    takeNews() {
      const news = ecr.calls.slice(seen);
      seen = ecr.calls.length;
      const isUpload = ({ operation }: (typeof news)[number]) =>
        ['PUT upload', 'UploadLayerPart'].includes(operation);
      return {
        apiCalls: news.filter(({ face }) => face === 'api').map(({ operation }) => operation),
        layerBytes: news.filter(isUpload).reduce((sum, { bodyBytes }) => sum + bodyBytes, 0),
      };
    },
    readBlob: async (repository, digest) =>
      ecr.registry().repositories.get(repository)?.blobs.get(digest) ?? Buffer.alloc(0),
  };
}

definePublishSuite('the fake ECR', () => startSuiteRegistry({ mode: 'ecr' }));
definePublishSuite('the fake ECR by the specification', () => startSuiteRegistry({ mode: 'spec' }));
