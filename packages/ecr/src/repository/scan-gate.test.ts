import { expect, test } from 'vitest';
import { startTarget } from '../../test/start-target.ts';
import type { StoredScan } from '../testing/fake-store.ts';
import { waitForScan } from './scan-gate.ts';

const completed = 1_700_000_000;
const clean = { imageScanCompletedAt: completed, findingSeverityCounts: { LOW: 3 } };

/** An image whose scan answers one after the other. */
async function startScan(scans: readonly StoredScan[]) {
  const { ecr, connection } = await startTarget();
  await connection.call('CreateRepository', { repositoryName: 'iris' });
  const digest = `sha256:${'a'.repeat(64)}`;
  const repository = ecr.registry().repositories.get('iris');
  repository?.images.set(digest, { digest, manifest: '{}', mediaType: 'x', pushedAt: new Date() });
  if (scans.length > 0) repository?.scans.set(digest, [...scans]);
  return {
    ecr,
    gate: (timeoutMs = 200) =>
      waitForScan(connection, { repository: 'iris', digest, intervalMs: 1, timeoutMs }),
  };
}

test.each([
  ['a basic scan that completes', 'COMPLETE', 'basic'],
  ['an enhanced scan that goes on for ever', 'ACTIVE', 'enhanced'],
] as const)('%s passes when it has its findings', async (_, status, kind) => {
  const { gate } = await startScan([
    { status: 'PENDING' },
    { status: 'IN_PROGRESS' },
    { status, findings: {} },
    { status, findings: clean },
  ]);

  expect(await gate(30_000)).toEqual({ kind, completedAt: new Date(completed * 1000), counts: { LOW: 3 } });
});

test.each([
  'FAILED',
  'UNSUPPORTED_IMAGE',
  'SCAN_ELIGIBILITY_EXPIRED',
  'FINDINGS_UNAVAILABLE',
  'LIMIT_EXCEEDED',
  'IMAGE_ARCHIVED',
  'SOMETHING_NEW',
])('the status %s does not pass, with findings or without', async (status) => {
  const { gate } = await startScan([{ status, description: 'a reason', findings: clean }]);

  await expect(gate()).rejects.toMatchObject({
    code: 'SCAN_INCOMPLETE',
    message: expect.stringContaining(`${status} (a reason)`),
  });
});

test.each([
  ['never begins', []],
  ['never ends', [{ status: 'IN_PROGRESS' }]],
  ['says complete and has no findings', [{ status: 'COMPLETE' }]],
])('a scan that %s does not pass', async (_, scans) => {
  const { gate } = await startScan(scans);

  await expect(gate()).rejects.toMatchObject({ code: 'SCAN_INCOMPLETE' });
});

test.each([
  ['HIGH', 1],
  ['CRITICAL', 2],
  ['UNHEARD_OF', 1],
])('a finding of severity %s fails the gate', async (severity, count) => {
  const findings = { imageScanCompletedAt: completed, findingSeverityCounts: { LOW: 9, [severity]: count } };
  const { gate } = await startScan([{ status: 'COMPLETE', findings }]);

  await expect(gate()).rejects.toMatchObject({
    code: 'SCAN_FINDINGS',
    message: expect.stringContaining(`${count} ${severity}`),
  });
});

test('an error of the call is thrown at once, and not waited for', async () => {
  const { ecr, gate } = await startScan([{ status: 'IN_PROGRESS' }]);
  ecr.inject({
    on: 'DescribeImageScanFindings',
    times: 9,
    answer: {
      type: 'AccessDeniedException',
      message: 'is not authorized to perform: ecr:DescribeImageScanFindings',
    },
  });

  await expect(gate()).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
    action: 'ecr:DescribeImageScanFindings',
  });
});
