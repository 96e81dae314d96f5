/** What SageMaker would refuse in an image, as `@optml/ecr/lint`: nothing of AWS's SDK is loaded for it. */

export type { LintCode, LintFinding, LintRule } from './lint/finding.ts';
export { lintRules } from './lint/finding.ts';
export type { LintFeature } from './lint/lint-config.ts';
export type { LintOptions } from './lint/lint-image.ts';
export { lintImage } from './lint/lint-image.ts';
