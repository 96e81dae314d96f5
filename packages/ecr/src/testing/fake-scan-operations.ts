/** Operations on what is said about an image: its scans, and its signatures. */

import { EcrFailure } from './ecr-failure.ts';
import { requireImage } from './fake-images.ts';
import { cutPage } from './fake-pages.ts';
import { findRepository, type StoredImage, type StoredRepository, type StoredScan } from './fake-store.ts';
import type { Input, Operation, OperationContext } from './operation.ts';

/** What tells an image, as answers repeat it. */
function findSubject(input: Input, { registry }: OperationContext) {
  const repository = findRepository(registry, input.repositoryName);
  const image = requireImage(repository, input.imageId);
  const { registryId, name: repositoryName } = repository;
  const imageId = { ...(input.imageId as object), imageDigest: image.digest };
  return { repository, image, names: { registryId, repositoryName, imageId } };
}

const scannable = /^application\/vnd\.(?:oci\.image|docker\.distribution)\.manifest\.v\d\+json$/;

/** Begins the one scan that an image gets; what a test has put into `scans` is its outcome, else nothing is found. */
function startScan({ scans, scanned }: StoredRepository, { digest, mediaType }: StoredImage): void {
  if (!scannable.test(mediaType)) {
    throw new EcrFailure(
      'UnsupportedImageTypeException',
      `The image with type '${mediaType}' cannot be scanned: it is not an image of one platform`,
    );
  }
  if (scanned.has(digest)) {
    throw new EcrFailure(
      'LimitExceededException',
      'The scan quota per image has been exceeded. Wait and try again.',
    );
  }
  scanned.add(digest);
  const now = Date.now() / 1000;
  const clean = {
    imageScanCompletedAt: now,
    vulnerabilitySourceUpdatedAt: now,
    findingSeverityCounts: {},
    findings: [],
  };
  if (!scans.has(digest))
    scans.set(digest, [{ status: 'IN_PROGRESS' }, { status: 'COMPLETE', findings: clean }]);
}

function startImageScan(input: Input, context: OperationContext) {
  const { repository, image, names } = findSubject(input, context);
  startScan(repository, image);
  return { ...names, imageScanStatus: { status: 'IN_PROGRESS' } };
}

function describeImageScanFindings(input: Input, context: OperationContext) {
  const { repository, image, names } = findSubject(input, context);
  const waiting = repository.scans.get(image.digest) ?? [];
  const [scan] = waiting;
  if (scan === undefined) {
    throw new EcrFailure(
      'ScanNotFoundException',
      `Image scan does not exist for the image with '{imageDigest:'${image.digest}'}' in the repository with name '${repository.name}'`,
    );
  }
  const { findings, next } = cutFindings(input, scan, `findings of ${repository.arn} ${image.digest}`);
  // The pages of one scan belong together.
  if (next.nextToken === undefined && waiting.length > 1) waiting.shift();
  return {
    ...names,
    imageScanStatus: { status: scan.status, description: scan.description },
    imageScanFindings: findings,
    ...next,
  };
}

/** One page of the findings, which stand in one list for a basic scan and in another for an enhanced one. */
function cutFindings(input: Input, { findings }: StoredScan, list: string) {
  const name = findings?.enhancedFindings === undefined ? 'findings' : 'enhancedFindings';
  const all = (findings?.[name] ?? []) as readonly unknown[];
  const numbered = all.map((finding, index) => ({ finding, key: String(index).padStart(9, '0') }));
  const { items, next } = cutPage(input, numbered, { list, keyOf: ({ key }) => key });
  return {
    findings:
      findings?.[name] === undefined
        ? findings
        : { ...findings, [name]: items.map(({ finding }) => finding) },
    next,
  };
}

/** By name. */
export const scanOperations: Readonly<Record<string, Operation>> = {
  StartImageScan: startImageScan,
  DescribeImageScanFindings: describeImageScanFindings,
  // Nothing signs in this registry: no profile has a status.
  DescribeImageSigningStatus: (input, context) => ({
    ...findSubject(input, context).names,
    signingStatuses: [],
  }),
};
