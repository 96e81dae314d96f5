/** `optml images repair`: makes an image that is in ECR already one that SageMaker takes. */

import { type RepairResult, repairImage } from '@optml/ecr';
import { parsePlatform } from '@optml/image';
import { type NetworkOptions, readNetwork } from '../image/network.ts';
import type { Context } from '../process/context.ts';
import { connectRegion } from '../publish/connect-targets.ts';
import { translateEcrErrors } from '../publish/translate-ecr-errors.ts';
import { writeProse, writeResult, writeTo } from '../terminal/write-to.ts';

/** The options as they were typed. */
export interface RepairCommandOptions extends Pick<NetworkOptions, 'verbose'> {
  readonly repository: string;
  readonly tag: string;
  readonly newTag?: string;
  readonly region?: string;
  readonly account?: string;
  readonly platform: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Repairs one tag, and prints the reference. @throws CliError `USAGE`, `REPAIR_FAILED` */
export async function imagesRepair(options: RepairCommandOptions, context: Context): Promise<void> {
  const result = await translateEcrErrors('REPAIR_FAILED', async () => {
    const { repository, tag, newTag, account, dryRun } = options;
    const platform = parsePlatform(options.platform);
    await readNetwork(options, context);
    const connection = await connectRegion(options.region, context.environment);
    try {
      return await repairImage(connection, {
        repository,
        registryId: account,
        tag,
        newTag,
        platform,
        dryRun: dryRun === true,
        signal: context.stop,
      });
    } finally {
      connection.close();
    }
  });
  await print(result, options, context);
}

async function print(
  result: RepairResult,
  { json, dryRun }: RepairCommandOptions,
  { stdout, stderr }: Pick<Context, 'stdout' | 'stderr'>,
): Promise<void> {
  const { before, after, repaired, reference } = result;
  if (json === true) {
    const { digest, mediaType } = after;
    return writeResult(stdout, {
      dryRun: dryRun === true,
      repaired,
      digest,
      mediaType,
      before,
      references: [reference],
    });
  }
  const was = `${before.digest} (${before.mediaType})`;
  const became = dryRun === true ? 'would become' : 'became';
  await writeProse(
    stderr,
    repaired
      ? `${was} ${became} ${after.digest} (${after.mediaType})`
      : `${was} is what SageMaker takes already`,
  );
  await writeTo(stdout, `${reference}\n`);
}
