/** The AttributeNames of augmented manifests, as far as the platform hands them over. */

import type { TrainingConfiguration } from '@optml/contract';
import { z } from 'zod';
import { TrainError } from '../errors.ts';

/** Undocumented, so that anything else is as good as nothing; seen on real jobs in 2020 and 2022. */
const channelSchema = z.looseObject({
  s3DataSource: z.looseObject({ attributeNames: z.array(z.string()).min(1) }),
});

/** Finds the AttributeNames of a channel in `init-config.json`; undefined where it has none. */
export function findAttributeNames(
  initConfig: TrainingConfiguration['initConfig'],
  channel: string,
): readonly string[] | undefined {
  return channelSchema.safeParse(initConfig?.channels?.[channel]).data?.s3DataSource.attributeNames;
}

/**
 * In Pipe mode attributes have no names: asked for in another order, one comes as another.
 *
 * @throws TrainError `DATA_INVALID` when `asked` are not the job's, in its order.
 */
export function assertAttributeNames(
  channel: string,
  asked: readonly string[],
  jobs: readonly string[] | undefined,
): void {
  if (jobs === undefined || JSON.stringify(asked) === JSON.stringify(jobs)) return;
  const message = `channel ${channel}: cannot read examples of ${asked.join(', ')}: the job's AttributeNames are ${jobs.join(', ')}; ask for these, in this order`;
  throw new TrainError('DATA_INVALID', message);
}
