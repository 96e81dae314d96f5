/**
 * Waits for the scan of an image, basic or enhanced. It passes only what a finished scan says; whatever else happens is
 * a failure with a reason.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { DescribeImageScanFindingsCommandOutput } from '@aws-sdk/client-ecr';
import { type Connection, unless } from '../connection/connection.ts';
import { EcrError } from '../errors.ts';
import type { RepositoryAddress } from './ensure-repository.ts';

/** From the mildest to the worst. */
const severities = ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;

/** One of them. */
export type Severity = (typeof severities)[number];

/** How to wait. */
export interface ScanGateOptions extends RepositoryAddress {
  readonly digest: string;
  /** The mildest severity that fails the gate. Default `HIGH`. */
  readonly failOn?: Severity | undefined;
  /** Default 15 minutes. */
  readonly timeoutMs?: number | undefined;
  /** Between two looks. Default 5 seconds. */
  readonly intervalMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A finished scan without findings of the severity that fails. */
export interface ScanPass {
  readonly kind: 'basic' | 'enhanced';
  readonly completedAt: Date;
  /** How many findings of each severity. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Waits until the scan is finished and has none of the findings that fail.
 *
 * @throws EcrError `SCAN_FINDINGS`; `SCAN_INCOMPLETE` when no scan begins, ends or is possible; or what the call throws
 */
export async function waitForScan(connection: Connection, options: ScanGateOptions): Promise<ScanPass> {
  const { failOn = 'HIGH', timeoutMs = 15 * 60_000, intervalMs = 5_000, signal } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { pass, waitingFor } = judge(await describeScan(connection, options), options);
    if (pass !== undefined) {
      assertCounts(pass, failOn, options);
      return pass;
    }
    if (performance.now() + intervalMs > deadline) {
      throw incomplete(options, `${waitingFor} after ${timeoutMs / 1000} s`);
    }
    await delay(intervalMs, undefined, { signal });
  }
}

type Scan = DescribeImageScanFindingsCommandOutput;

/** `undefined` while there is no scan: it begins some time after the push. */
async function describeScan(connection: Connection, options: ScanGateOptions): Promise<Scan | undefined> {
  const { repository, registryId, digest, signal } = options;
  const input = { repositoryName: repository, registryId, imageId: { imageDigest: digest } };
  const asked = connection.call('DescribeImageScanFindings', input, { signal });
  return unless('ScanNotFoundException', asked);
}

interface Verdict {
  readonly pass?: ScanPass | undefined;
  /** What there is instead, so far. */
  readonly waitingFor?: string | undefined;
}

function judge(scan: Scan | undefined, options: ScanGateOptions): Verdict {
  if (scan === undefined) {
    return {
      waitingFor:
        'no scan has started: turn scanning on for the registry (PutRegistryScanningConfiguration);',
    };
  }
  const { status = 'none', description = '' } = scan.imageScanStatus ?? {};
  const kind = kinds[status];
  if (kind === undefined)
    throw incomplete(options, `the status is ${status}${description && ` (${description})`}`);
  const { imageScanCompletedAt: completedAt, findingSeverityCounts = {} } = scan.imageScanFindings ?? {};
  // An enhanced scan may say COMPLETE before it has found anything: only the time of its end counts.
  if (kind === 'waiting' || completedAt === undefined)
    return { waitingFor: `the scan is not finished (${status})` };
  return { pass: { kind, completedAt, counts: findingSeverityCounts } };
}

/** Every other status means that there will be no result. */
const kinds: Readonly<Record<string, 'waiting' | 'basic' | 'enhanced'>> = {
  IN_PROGRESS: 'waiting',
  PENDING: 'waiting',
  COMPLETE: 'basic',
  // An enhanced scan goes on for as long as the image is there.
  ACTIVE: 'enhanced',
};

/** Severities that no judgement stands behind yet. */
const unjudged = new Set(['UNDEFINED', 'UNTRIAGED']);

function assertCounts({ counts }: ScanPass, failOn: Severity, { repository, digest }: ScanGateOptions): void {
  const least = severities.indexOf(failOn);
  const failing = Object.entries(counts).filter(([severity, count]) => {
    const rank = unjudged.has(severity) ? 0 : (severities as readonly string[]).indexOf(severity);
    // A severity that nobody knows is not passed over.
    return count > 0 && (rank < 0 || rank >= least);
  });
  if (failing.length === 0) return;
  const found = failing.map(([severity, count]) => `${count} ${severity}`).join(', ');
  throw new EcrError(
    'SCAN_FINDINGS',
    `the scan of ${repository}@${digest} found ${found}: take a newer base image or newer packages, or fail only on a severity above ${failOn}`,
    { repository, digest },
  );
}

function incomplete({ repository, digest }: ScanGateOptions, why: string): EcrError {
  return new EcrError('SCAN_INCOMPLETE', `no scan result for ${repository}@${digest}: ${why}`, {
    repository,
    digest,
  });
}
