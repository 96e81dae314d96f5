/** Rules on the config of an image: platform, user, entry point, labels, size, history. */

import type { Image } from '@optml/image';
import { type LintFinding, report } from './finding.ts';

/** What the image is to be used for; a rule that needs what is not given finds nothing. */
export interface ImageUse {
  /** For example `ml.m5.xlarge`. */
  readonly instanceType?: string | undefined;
  readonly serverless?: boolean | undefined;
  readonly features?: readonly LintFeature[] | undefined;
  /** Of the manifest where the image is now; an image that is to be published gets the right one. */
  readonly mediaType?: string | undefined;
  /** As CreateModel will be given it. */
  readonly reference?: string | undefined;
  /** Of the model. */
  readonly region?: string | undefined;
}

/** What a container can do that SageMaker knows of by a label. */
export type LintFeature = 'multi-model' | 'bind-to-port' | 'bidirectional-streaming';

/** The labels by which SageMaker knows what a container can do. */
const featureLabels: Readonly<Record<LintFeature, string>> = {
  'multi-model': 'com.amazonaws.sagemaker.capabilities.multi-models',
  'bind-to-port': 'com.amazonaws.sagemaker.capabilities.accept-bind-to-port',
  'bidirectional-streaming': 'com.amazonaws.sagemaker.capabilities.bidirectional-streaming',
};

/** In bytes; the message of CreateEndpoint says it. */
const serverlessLimit = 10_737_418_240;

/** As many as Docker's overlay2 takes. */
const mostLayers = 127;

/** Lints what the config says. `tarBytes` is `undefined` where not all layers were read. */
export function lintConfig(
  image: Pick<Image, 'config' | 'platform' | 'layers'>,
  options: ImageUse & { readonly tarBytes: number | undefined },
): readonly LintFinding[] {
  const { features = [], serverless = false, tarBytes } = options;
  const { User = '', Labels } = image.config.config ?? {};
  const findings: LintFinding[] = [...lintPlatform(image, options), ...lintEntrypoint(image)];
  if (!/^(root|0)?(:(root|0)?)?$/.test(User)) findings.push(report('USER', `the user is "${User}"`));
  for (const feature of features) {
    const label = featureLabels[feature];
    if (Labels?.[label] !== 'true')
      findings.push(
        report(
          'LABEL',
          `${feature} needs the label ${label}=true, and it is ${Labels?.[label] ?? 'missing'}`,
        ),
      );
  }
  if (serverless && tarBytes !== undefined && tarBytes > serverlessLimit) {
    findings.push(report('SERVERLESS_SIZE', `the image has ${tarBytes} bytes`));
  }
  const entries = image.config.history?.filter(({ empty_layer: empty }) => empty !== true).length ?? 0;
  // Many images have none at all, which only serverless inference minds.
  if (entries !== image.layers.length && (serverless || entries > 0)) {
    findings.push(report('HISTORY', `${image.layers.length} layers and ${entries} entries of history`));
  }
  if (image.layers.length > mostLayers)
    findings.push(report('LAYER_COUNT', `the image has ${image.layers.length} layers`));
  return findings;
}

/** `ml.c7g.xlarge`, `ml.m6gd.large`: a g behind the generation is Graviton; `ml.g5.xlarge` is not. */
const graviton = /^ml\.[a-z]+\d+g[a-z]*\./;

function lintPlatform(
  { platform }: Pick<Image, 'platform'>,
  { instanceType }: ImageUse,
): readonly LintFinding[] {
  const { os, architecture } = platform;
  const is = `${os}/${architecture}`;
  if (os !== 'linux' || (architecture !== 'amd64' && architecture !== 'arm64')) {
    return [report('PLATFORM', `the image is for ${is}`)];
  }
  if (instanceType === undefined) {
    if (architecture === 'amd64') return [];
    return [
      {
        ...report('PLATFORM', `the image is for ${is}, which only Graviton instances run`),
        severity: 'warning',
      },
    ];
  }
  const wanted = graviton.test(instanceType) ? 'arm64' : 'amd64';
  return architecture === wanted
    ? []
    : [report('PLATFORM', `the image is for ${is}, and ${instanceType} is linux/${wanted}`)];
}

/** Programs that pass signals on, and read words of their own. */
const inits = new Set(['tini', 'tini-static', 'dumb-init', 'docker-init', 'catatonit']);
const shells = new Set(['sh', 'bash', 'dash', 'ash', 'zsh']);

function lintEntrypoint({ config }: Pick<Image, 'config'>): readonly LintFinding[] {
  const [first = '', second] = config.config?.Entrypoint ?? [];
  const program = first.slice(first.lastIndexOf('/') + 1);
  const shown = JSON.stringify(config.config?.Entrypoint);
  if (shells.has(program) && second === '-c')
    return [report('ENTRYPOINT_SHELL', `the entry point is ${shown}`)];
  return inits.has(program) ? [report('ENTRYPOINT_TINI', `the entry point is ${shown}`)] : [];
}
