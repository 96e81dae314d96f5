export type { ConfigFileName, ConfigFiles } from './configuration/config-files.ts';
export { configFiles } from './configuration/config-files.ts';
export type { TrainingConfiguration } from './configuration/read-configuration.ts';
export { readConfigFile, readTrainingConfiguration } from './configuration/read-configuration.ts';
export type {
  HyperparametersFile,
  InputDataConfig,
  ResourceConfig,
} from './configuration/required-configs.ts';
export type { IssueDescription } from './describe-issue.ts';
export { describeIssue } from './describe-issue.ts';
export type { Environment, HostingEnvironment, TrainingEnvironment } from './environment.ts';
export {
  hostingVariables,
  readHostingEnvironment,
  readTrainingEnvironment,
  trainingVariables,
} from './environment.ts';
export type { ContractErrorCode, Problem } from './errors.ts';
export { ContractError, contractErrorCodes } from './errors.ts';
export { writeFailureFile } from './failure-file.ts';
export { limits } from './limits.ts';
export type { Log, LogOptions } from './log.ts';
export { createLog } from './log.ts';
export type { Paths } from './paths.ts';
export { defaultRoot, resolveChannelDirectory, resolvePaths, resolvePipe } from './paths.ts';
export type { SummaryOptions } from './summarize.ts';
export { summarize } from './summarize.ts';
