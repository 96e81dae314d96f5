/** The table of config files: name on disk, schema, and whether a job always has it. */

import type { z } from 'zod';
import {
  checkpointConfigSchema,
  initConfigSchema,
  listSchema,
  outputConfigSchema,
  profilerConfigSchema,
  trainingJobConfigSchema,
} from './optional-configs.ts';
import { hyperparametersSchema, inputDataConfigSchema, resourceConfigSchema } from './required-configs.ts';

/** Every file that the platform may write under `input/config`, by the name that optml gives it. */
export const configFiles = {
  hyperparameters: {
    fileName: 'hyperparameters.json',
    required: true,
    schema: hyperparametersSchema,
    /** Read as raw JSON, which `JSON.stringify` writes with the digits of the file. */
    numbers: 'raw',
  },
  inputDataConfig: { fileName: 'inputdataconfig.json', required: true, schema: inputDataConfigSchema },
  resourceConfig: { fileName: 'resourceconfig.json', required: true, schema: resourceConfigSchema },
  checkpointConfig: { fileName: 'checkpointconfig.json', required: false, schema: checkpointConfigSchema },
  trainingJobConfig: { fileName: 'trainingjobconfig.json', required: false, schema: trainingJobConfigSchema },
  initConfig: { fileName: 'init-config.json', required: false, schema: initConfigSchema },
  metricDefinitions: { fileName: 'metric-definition-regex.json', required: false, schema: listSchema },
  upstreamOutputDataConfig: {
    fileName: 'upstreamoutputdataconfig.json',
    required: false,
    schema: listSchema,
  },
  debugHookConfig: { fileName: 'debughookconfig.json', required: false, schema: outputConfigSchema },
  tensorBoardOutputConfig: {
    fileName: 'tensorboardoutputconfig.json',
    required: false,
    schema: outputConfigSchema,
  },
  profilerConfig: { fileName: 'profilerconfig.json', required: false, schema: profilerConfigSchema },
} as const;

export type ConfigFileName = keyof typeof configFiles;

/** What each file holds once it is read. */
export type ConfigFiles = {
  readonly [Name in ConfigFileName]: z.output<(typeof configFiles)[Name]['schema']>;
};
