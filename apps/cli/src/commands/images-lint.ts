/** `optml images lint`: what SageMaker would refuse or stumble over, before the push. */

import { type LintFeature, type LintFinding, lintImage } from '@optml/ecr/lint';
import { CliError } from '../errors.ts';
import type { NetworkOptions } from '../image/network.ts';
import type { Context } from '../process/context.ts';
import { formatFinding } from '../publish/assert-lint.ts';
import { openSourceImage } from '../publish/open-source-image.ts';
import { translateEcrErrors } from '../publish/translate-ecr-errors.ts';
import { writeResult, writeTo } from '../terminal/write-to.ts';

/** The options as they were typed. */
export interface LintCommandOptions extends NetworkOptions {
  readonly image?: string;
  readonly base?: string;
  readonly platform?: string;
  readonly instanceType?: string;
  readonly serverless?: true;
  readonly feature: readonly LintFeature[];
  readonly reference?: string;
  readonly region?: string;
  readonly allowUnread?: true;
  readonly json?: true;
}

/** Prints the findings; an error among them ends with exit code 1. @throws CliError `LINT_FAILED`, or what the image's source throws */
export async function imagesLint(options: LintCommandOptions, context: Context): Promise<void> {
  const { environment, workingDirectory, stdout, stderr, stop: signal } = context;
  const findings = await translateEcrErrors('IMAGE_NOT_BUILT', async () => {
    const source = { flags: options, environment, workingDirectory, stderr, signal };
    const { image, layerDirectory, reference: own, remove } = await openSourceImage(source);
    try {
      const { instanceType, serverless, feature: features, reference = own, region, allowUnread } = options;
      return await lintImage(image, {
        layerDirectory,
        allowUnread,
        mediaType: image.manifestType,
        instanceType,
        serverless,
        features,
        reference,
        region,
        signal,
      });
    } finally {
      await remove();
    }
  });
  const failed = findings.filter(({ severity }) => severity === 'error');
  // The error's own object has the findings: one object is printed.
  if (options.json !== true || failed.length === 0)
    await print(findings, { json: options.json === true, stdout });
  if (failed.length === 0) return;
  const rules = [...new Set(failed.map(({ code }) => code))].join(', ');
  throw new CliError('LINT_FAILED', `SageMaker would not run this image: ${rules}`, { facts: { findings } });
}

async function print(
  findings: readonly LintFinding[],
  { json, stdout }: { readonly json: boolean; readonly stdout: NodeJS.WritableStream },
): Promise<void> {
  if (json) return writeResult(stdout, { findings });
  const lines = findings.map((finding) => `${formatFinding(finding)}\n`);
  await writeTo(stdout, lines.length === 0 ? 'no findings\n' : lines.join(''));
}
