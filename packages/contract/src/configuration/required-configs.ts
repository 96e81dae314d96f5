/** Schemas of the three config files that every training job has. Unknown keys pass through: the platform adds some without notice. */

import { z } from 'zod';

/**
 * `hyperparameters.json`: a flat object of strings, without `__proto__`. Trees made by hand often hold bare numbers,
 * lists and objects; their JSON text, with the digits of the file, stands in for the string that the platform would
 * have written.
 *
 * Source: "How Amazon SageMaker AI Provides Training Information".
 */
export const hyperparametersSchema = z.record(
  z.string(),
  z
    .unknown()
    .refine((value) => value !== null, 'expected a string')
    .transform((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
);

const inputModes = { file: 'File', fastfile: 'FastFile', pipe: 'Pipe' } as const;

const inputModeSchema = z.string().transform((value, context) => {
  const name = value.toLowerCase();
  const mode = Object.hasOwn(inputModes, name) ? inputModes[name as keyof typeof inputModes] : undefined;
  if (mode === undefined) {
    context.addIssue({ code: 'custom', message: 'expected "File", "FastFile" or "Pipe"' });
    return z.NEVER;
  }
  return mode;
});

/**
 * `inputdataconfig.json`: an object keyed by channel; `{}` for a job without input.
 * S3 locations, compression and shuffling are not in it.
 *
 * Source: "How Amazon SageMaker AI Provides Training Information".
 */
export const inputDataConfigSchema = z.record(
  z.string(),
  z.looseObject({
    TrainingInputMode: inputModeSchema.default('File'),
    /** The media type of the data; absent unless the job sets it. */
    ContentType: z.string().nullish(),
    /** `FullyReplicated` or `ShardedByS3Key`: a host of a sharded channel may get no file at all. */
    S3DistributionType: z.string().nullish(),
    /** `None` or `RecordIO`. */
    RecordWrapperType: z.string().nullish(),
  }),
);

export type InputDataConfig = z.output<typeof inputDataConfigSchema>;

const hostSchema = z.string().min(1, 'expected a host name');

/**
 * `resourceconfig.json` in its three generations: hosts alone (to 2020), with instance groups (now),
 * and heterogeneous clusters. `topology` is null on ordinary jobs and passed through as it is.
 *
 * Source: "How Amazon SageMaker AI Provides Training Information", "Train Using a Heterogeneous Cluster".
 */
export const resourceConfigSchema = z
  .looseObject({
    current_host: hostSchema,
    /** Every host, in the platform's order; group hosts are not sorted. */
    hosts: z
      .array(hostSchema)
      .min(1, 'expected at least one host')
      .refine((hosts) => new Set(hosts).size === hosts.length, 'expected each host only once'),
    network_interface_name: z.string().nullish(),
    current_instance_type: z.string().nullish(),
    current_group_name: z.string().nullish(),
    instance_groups: z
      .array(
        z.looseObject({
          instance_group_name: z.string(),
          instance_type: z.string(),
          hosts: z.array(hostSchema),
        }),
      )
      .nullish(),
    topology: z.unknown().optional(),
  })
  .refine((config) => config.hosts.includes(config.current_host), {
    path: ['current_host'],
    error: (issue) => `expected one of the hosts: ${(issue.input as { hosts: string[] }).hosts.join(', ')}`,
  });

export type ResourceConfig = z.output<typeof resourceConfigSchema>;
