/** A fake ECR for tests: the JSON API and the registry API over one store, with ECR's errors, limits and quirks. */

export type { FakeEcr } from './testing/fake-ecr.ts';
export { startFakeEcr } from './testing/fake-ecr.ts';
export type {
  FakeEcrCall,
  FakeEcrFault,
  FakeEcrOptions,
  FakeEcrStatement,
} from './testing/fake-ecr-options.ts';
export type {
  StoredImage,
  StoredRegistry,
  StoredRepository,
  StoredScan,
  StoredTemplate,
  StoredUpload,
} from './testing/fake-store.ts';
