/** Amazon ECR: publishing images, repositories, repair, lint, scans. */

export type { CallerIdentity } from './connection/caller-identity.ts';
export type { Connection, ConnectionOptions, EcrOperation } from './connection/connection.ts';
export { connectEcr } from './connection/connection.ts';
export type { Login } from './connection/open-registry.ts';
export { logIn } from './connection/open-registry.ts';
export type { EcrErrorCode, EcrErrorFacts } from './errors.ts';
export { EcrError, ecrErrorCodes } from './errors.ts';
export type { PlannedLayer } from './publish/blob-source.ts';
export type { PlanDescription, PlannedCalls } from './publish/describe-plan.ts';
export { describePlan } from './publish/describe-plan.ts';
export type { PolicyDocument } from './publish/iam-policy.ts';
export type { PublishEvent, PublishOptions, PublishPlan, TargetPlan } from './publish/plan-publish.ts';
export { planPublish } from './publish/plan-publish.ts';
export type { PublishedLayer, PublishedTarget, PublishResult } from './publish/publish-image.ts';
export { applyPlan, publishImage } from './publish/publish-image.ts';
export type { PublishTarget, Transport } from './publish/publish-target.ts';
export type { EcrRepository, RepositoryAddress, RepositorySettings } from './repository/ensure-repository.ts';
export type { PolicyStatement } from './repository/merge-policy.ts';
export type { RepairOptions, RepairResult } from './repository/repair-image.ts';
export { repairImage } from './repository/repair-image.ts';
export type { ScanGateOptions, ScanPass, Severity } from './repository/scan-gate.ts';
export { waitForScan } from './repository/scan-gate.ts';
