/** The config files of a training job; everything else of the contract has an entry of its own, which loads no zod. */

export type { ConfigFileName, ConfigFiles } from './configuration/config-files.ts';
export { configFiles } from './configuration/config-files.ts';
export type { TrainingConfiguration } from './configuration/read-configuration.ts';
export { readConfigFile, readTrainingConfiguration } from './configuration/read-configuration.ts';
export type { InputDataConfig, ResourceConfig } from './configuration/required-configs.ts';
