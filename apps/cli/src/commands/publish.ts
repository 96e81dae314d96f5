/** `optml publish`: an image into ECR, or what that would take. */

import {
  applyPlan,
  describePlan,
  type PublishOptions,
  type PublishResult,
  planPublish,
  waitForScan,
} from '@optml/ecr';
import { formatPlatform } from '@optml/image';
import { pruneLayers } from '@optml/image/layers';
import type { Context } from '../process/context.ts';
import { addTargets, type ConnectedTargets, connectRegions } from '../publish/connect-targets.ts';
import { createPlanLint, keepFacts } from '../publish/lint-plan.ts';
import { openSourceImage, type SourceImage } from '../publish/open-source-image.ts';
import { printDryRun } from '../publish/print-dry-run.ts';
import {
  type PublishCommandOptions,
  type PublishRequest,
  readRequest,
  readSettings,
} from '../publish/publish-options.ts';
import { createProgressDisplay } from '../publish/show-progress.ts';
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
    // The SDK loads while files are read; when both fail, the image is what is told of.
    const connecting = connectRegions(options.region, environment);
    connecting.catch(() => {});
    // Only the SDK knows whether a profile names one.
    if (options.region.length === 0) await connecting;
    const source = await openSourceImage({
      flags: options,
      project: options.project,
      environment,
      workingDirectory,
      stderr,
      signal,
    });
    try {
      const connected = await connecting;
      try {
        const targets = addTargets(connected, { ...options, settings });
        await publishTo(source, targets, { options, stdout, stderr, signal });
        await pruneLayers(source.layerDirectory, { nowMs: Date.now() });
      } finally {
        connected.close();
      }
    } finally {
      await source.remove();
    }
  });
}

interface Run {
  readonly options: PublishRequest;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: Context['stderr'];
  readonly signal: AbortSignal;
}

async function publishTo(source: SourceImage, connected: ConnectedTargets, run: Run): Promise<void> {
  const { options, stdout, stderr, signal } = run;
  const display = createProgressDisplay(stderr);
  const request: PublishOptions = {
    targets: connected.targets,
    tags: options.tag,
    transport: options.transport,
    signal,
    onEvent: (event) => display.onEvent(event),
  };
  try {
    const plan = await planPublish(keepFacts(source, options), request);
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
    const result = await applyPlan(plan, { ...request, ...(!isJudged && { beforeTags: lint.after }) });
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
