/** Lints what is to be published: before anything is sent where that is possible, and else before a tag moves. */

import type { PublishPlan } from '@optml/ecr';
import { type LintFinding, lintImage } from '@optml/ecr/lint';
import type { Image } from '@optml/image';
import { hasLayerFacts, keepFactsWhileSent } from '@optml/image/layers';
import { assertLint } from './assert-lint.ts';
import type { ConnectedTargets } from './connect-targets.ts';
import type { SourceImage } from './open-source-image.ts';
import type { PublishRequest } from './publish-options.ts';

/** The image whose layers in registries are judged while they are copied. */
export function keepFacts(
  { image, layerDirectory }: Pick<SourceImage, 'image' | 'layerDirectory'>,
  { lint }: Pick<PublishRequest, 'lint'>,
): Image {
  if (!lint) return image;
  const layers = image.layers.map((layer) =>
    layer.origin === undefined ? layer : keepFactsWhileSent(layer, { layerDirectory }),
  );
  return { ...image, layers };
}

/** The steps of lint; with `--no-lint` they find nothing. */
export interface PlanLint {
  /** Every finding. */
  all(): Promise<readonly LintFinding[]>;
  /** Gives `true` when everything was judged, and else judges what needs no layer that will be copied. @throws CliError `LINT_FAILED` */
  before(): Promise<boolean>;
  /** Judges everything, layers that were copied included. @throws CliError `LINT_FAILED` */
  after(): Promise<void>;
}

export function createPlanLint(
  plan: PublishPlan,
  { layerDirectory }: Pick<SourceImage, 'layerDirectory'>,
  { targets: [first] }: ConnectedTargets,
  {
    options,
    stderr,
    signal,
  }: {
    readonly options: PublishRequest;
    readonly stderr: NodeJS.WritableStream;
    readonly signal: AbortSignal;
  },
): PlanLint {
  const { instanceType, serverless, feature: features, lint } = options;
  const run = (allowUnread: boolean | undefined) =>
    lintImage(plan.image, {
      layerDirectory,
      allowUnread,
      instanceType,
      serverless,
      features,
      region: first.connection.region,
      reference: describeReference(plan, options.tag),
      signal,
    });
  const all = async () => (lint ? run(options.allowUnread) : []);
  return {
    all,
    async before() {
      if (!lint || !(await copiesUnknownLayers(plan, layerDirectory))) {
        await assertLint(await all(), stderr);
        return true;
      }
      const findings = await run(true);
      // Warnings are said once, when everything is known.
      const errors = findings.filter(({ severity }) => severity === 'error');
      await assertLint(errors, stderr);
      return false;
    },
    after: async () => assertLint(await all(), stderr),
  };
}

/** Whether bytes will pass by that nobody has looked into. */
async function copiesUnknownLayers(
  { layers, targets }: PublishPlan,
  layerDirectory: string,
): Promise<boolean> {
  const sent = new Set(targets.flatMap(({ blobs }) => blobs.map(({ blob }) => blob.descriptor.digest)));
  for (const { layer, descriptor } of layers) {
    const isFetched = layer.origin !== undefined && sent.has(descriptor.digest);
    if (isFetched && !(await hasLayerFacts(layer, { layerDirectory }))) return true;
  }
  return false;
}

/** The longest that CreateModel may be given. */
function describeReference({ targets, manifest }: PublishPlan, tags: readonly string[]): string | undefined {
  const uri = targets[0]?.repository?.uri;
  if (uri === undefined) return undefined;
  const names = [`@${manifest.descriptor.digest}`, ...tags.map((tag) => `:${tag}`)];
  return `${uri}${names.reduce((left, right) => (right.length > left.length ? right : left))}`;
}
