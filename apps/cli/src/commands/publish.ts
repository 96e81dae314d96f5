/** `optml publish`: an image into ECR, or what that would take. */

import {
  applyPlan,
  describePlan,
  type PublishOptions,
  type PublishPlan,
  type PublishResult,
  planPublish,
  type RepositorySettings,
  waitForScan,
} from '@optml/ecr';
import { formatPlatform } from '@optml/image';
import { pruneLayers } from '@optml/image/layers';
import type { Context } from '../process/context.ts';
import {
  addTargets,
  type ConnectedRegions,
  type ConnectedTargets,
  connectRegions,
} from '../publish/connect-targets.ts';
import { createPlanLint, keepFacts } from '../publish/lint-plan.ts';
import { openSourceImage, type SourceImage } from '../publish/open-source-image.ts';
import { printDryRun } from '../publish/print-dry-run.ts';
import {
  type PublishCommandOptions,
  type PublishRequest,
  readRequest,
  readSettings,
} from '../publish/publish-options.ts';
import { createProgressDisplay, type ProgressDisplay } from '../publish/show-progress.ts';
import { translateEcrErrors } from '../publish/translate-ecr-errors.ts';
import { writeProse, writeResult, writeTo } from '../terminal/write-to.ts';

/**
 * Builds or opens the image, lints it, and publishes it under one digest; prints the references.
 *
 * @throws CliError `USAGE`, `LINT_FAILED`, `PUBLISH_FAILED`, or what the build throws
 */
export async function publish(typed: PublishCommandOptions, context: Context): Promise<void> {
  const { environment, workingDirectory, stdout, stderr, stop: signal } = context;
  await translateEcrErrors('PUBLISH_FAILED', async () => {
    const options = await readRequest(typed, context);
    const settings = await readSettings(options, workingDirectory);
    // The SDK loads and the repositories answer while files are read; when both fail, the image's error is reported.
    const connecting = connectRegions(options.region, environment);
    connecting.catch(() => {});
    // Only the SDK knows whether a profile names one.
    if (options.region.length === 0) await connecting;
    const run = { options, stdout, stderr, signal };
    const opening = openSourceImage({ ...context, flags: options, project: options.project, signal });
    const planning = planRun(opening, { connecting, settings, run });
    planning.catch(() => {});
    try {
      const source = await opening;
      await publishPlanned(source, await planning, run);
      await pruneLayers(source.layerDirectory, { nowMs: Date.now() });
    } finally {
      // Nothing goes on behind what failed.
      await planning.catch(() => {});
      await (await opening.catch(() => undefined))?.remove();
      (await connecting.catch(() => undefined))?.close();
    }
  });
}

interface Run {
  readonly options: PublishRequest;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: Context['stderr'];
  readonly signal: AbortSignal;
}

interface PlannedRun {
  readonly plan: PublishPlan;
  readonly request: PublishOptions;
  readonly connected: ConnectedTargets;
  readonly display: ProgressDisplay;
}

async function planRun(
  opening: Promise<SourceImage>,
  {
    connecting,
    settings,
    run: { options, stderr, signal },
  }: {
    readonly connecting: Promise<ConnectedRegions>;
    readonly settings: RepositorySettings | undefined;
    readonly run: Run;
  },
): Promise<PlannedRun> {
  const connected = addTargets(await connecting, { ...options, settings });
  const display = createProgressDisplay(stderr);
  const request: PublishOptions = {
    targets: connected.targets,
    tags: options.tag,
    transport: options.transport,
    signal,
    onEvent: (event) => display.onEvent(event),
  };
  const image = opening.then((source) => keepFacts(source, options));
  return { plan: await planPublish(image, request), request, connected, display };
}

async function publishPlanned(source: SourceImage, planned: PlannedRun, run: Run): Promise<void> {
  const { plan, request, connected, display } = planned;
  const { options, stdout, signal } = run;
  try {
    const lint = createPlanLint(plan, source, connected, run);
    if (options.dryRun === true) {
      const findings = await lint.all();
      const description = await describePlan(plan, { signal });
      return await printDryRun(
        plan,
        { ...description, callsMade: connected.calls, findings },
        { json: options.json === true, stdout },
      );
    }
    const isJudged = await lint.before();
    display.expect(plan);
    const result = await applyPlan(plan, { ...request, beforeTags: isJudged ? undefined : lint.after });
    display.finish();
    await passScans(result, connected, run);
    await printResult(result, run);
  } finally {
    display.finish();
  }
}

async function passScans(
  { targets, digest }: PublishResult,
  connected: ConnectedTargets,
  { options, stderr, signal }: Run,
): Promise<void> {
  if (options.scan === undefined) return;
  for (const [index, { repository, region }] of targets.entries()) {
    await writeProse(stderr, `waiting for the scan of ${repository} in ${region}`);
    const target = connected.targets[index] ?? connected.targets[0];
    const { connection, registryId } = target;
    const pass = await waitForScan(connection, {
      repository,
      registryId,
      digest,
      failOn: options.scan,
      signal,
    });
    const counts = Object.entries(pass.counts).map(([severity, count]) => `${count} ${severity}`);
    await writeProse(stderr, `the ${pass.kind} scan passed: ${counts.join(', ') || 'no findings'}`);
  }
}

async function printResult(result: PublishResult, { options, stdout, stderr }: Run): Promise<void> {
  const { platform, targets } = result;
  if (options.json === true) {
    return writeResult(stdout, { ...result, platform: formatPlatform(platform) });
  }
  if (targets.every(({ unchanged }) => unchanged)) await writeProse(stderr, 'nothing changed');
  await writeTo(stdout, result.references.map((reference) => `${reference}\n`).join(''));
}
