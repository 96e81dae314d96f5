/** Prints what publishing would do. */

import type { PlanDescription, PublishPlan } from '@optml/ecr';
import type { LintFinding } from '@optml/ecr/lint';
import { formatPlatform } from '@optml/image';
import { formatSize } from '../terminal/format-size.ts';
import { writeResult, writeTo } from '../terminal/write-to.ts';
import { formatFinding } from './assert-lint.ts';

/** A plan in words, and the calls that finding it out took. */
export interface DryRun extends PlanDescription {
  readonly callsMade: readonly string[];
  readonly findings: readonly LintFinding[];
}

/** Prints one JSON object, or a page for people. */
export async function printDryRun(
  plan: PublishPlan,
  description: DryRun,
  { json, stdout }: { readonly json: boolean; readonly stdout: NodeJS.WritableStream },
): Promise<void> {
  if (json) await writeResult(stdout, toJson(plan, description));
  else await writeTo(stdout, `${formatPage(plan, description).join('\n')}\n`);
}

function listLayers({ layers, targets }: PublishPlan) {
  const sent = new Set(targets.flatMap(({ blobs }) => blobs.map(({ blob }) => blob.descriptor.digest)));
  return layers.map(({ layer: { diffId, kind }, descriptor: { digest, size } }) => ({
    digest,
    diffId,
    kind,
    size,
    reused: !sent.has(digest),
  }));
}

function toJson(plan: PublishPlan, { bytesToSend, calls, files, policy, callsMade, findings }: DryRun) {
  const { digest, mediaType } = plan.manifest.descriptor;
  return {
    dryRun: true,
    digest,
    mediaType,
    platform: formatPlatform(plan.image.platform),
    references: plan.targets.flatMap(({ repository }) =>
      repository === undefined ? [] : [`${repository.uri}@${digest}`],
    ),
    layers: listLayers(plan),
    targets: plan.targets.map(({ target, repository, tags, unchanged }) => ({
      region: target.connection.region,
      repository: target.repository,
      create: repository === undefined,
      tags,
      unchanged,
    })),
    bytesSent: 0,
    bytesToSend,
    files: files ?? null,
    calls,
    callsMade,
    findings,
    policy,
  };
}

function formatPage(
  plan: PublishPlan,
  { bytesToSend, calls, files, policy, findings }: DryRun,
): readonly string[] {
  const layers = listLayers(plan).map(
    ({ digest, kind, size, reused }) =>
      `  ${reused ? 'keep' : 'send'}  ${formatSize(size).padStart(9)}  ${kind.padEnd(12)}  ${digest}`,
  );
  const targets = plan.targets.map(({ target, repository, tags, unchanged }) => {
    const what = unchanged
      ? 'nothing changes'
      : `${repository === undefined ? 'create it, ' : ''}set ${tags.join(', ') || 'no tag'}`;
    return `  ${target.connection.region}  ${target.repository}: ${what}`;
  });
  return [
    `digest ${plan.manifest.descriptor.digest}`,
    'layers',
    ...layers,
    'repositories',
    ...targets,
    ...formatFiles(files),
    `to send ${formatSize(bytesToSend)}`,
    'calls to make',
    ...calls.map(({ operation, region, times }) => `  ${region}  ${operation} x ${times}`),
    ...findings.map((finding) => `lint ${formatFinding(finding)}`),
    ...describeCreation(plan),
    'IAM policy that this needs',
    JSON.stringify(policy, undefined, 2),
  ];
}

/** The policy has the way that always works. */
function describeCreation({ targets }: PublishPlan): readonly string[] {
  if (targets.every(({ repository }) => repository !== undefined)) return [];
  return [
    'ecr:CreateRepository is not needed where a repository creation template for CREATE_ON_PUSH covers the name',
  ];
}

/** More files than this are counted, not listed; --json has all. */
const mostFiles = 50;

function formatFiles(files: PlanDescription['files']): readonly string[] {
  if (files === undefined)
    return ['files not compared: the previous layers are too large to fetch, or not compressed with gzip'];
  const marks = { added: '+', changed: '~', removed: '-' } as const;
  const lines = Object.entries(marks).flatMap(([change, mark]) =>
    files[change as keyof typeof marks].map((path) => `  ${mark} /${path}`),
  );
  const more = lines.length > mostFiles ? [`  and ${lines.length - mostFiles} more`] : [];
  return [
    `files: ${files.added.length} added, ${files.changed.length} changed, ${files.removed.length} removed, in the layers that differ`,
    ...lines.slice(0, mostFiles),
    ...more,
  ];
}
