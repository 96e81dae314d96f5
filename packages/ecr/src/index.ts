/** Amazon ECR: publishing images, repositories, repair, lint, scans. */

export type { Connection, ConnectionOptions, EcrOperation } from './connection.ts';
export { connectEcr } from './connection.ts';
export type { EcrRepository, RepositoryAddress, RepositorySettings } from './ensure-repository.ts';
export { ensureRepository } from './ensure-repository.ts';
export type { EcrErrorCode, EcrErrorFacts } from './errors.ts';
export { EcrError, ecrErrorCodes } from './errors.ts';
export type { PolicyStatement } from './merge-policy.ts';
export type { Login } from './open-registry.ts';
export { logIn, openRegistry } from './open-registry.ts';
export type { PlannedLayer, PublishEvent, PublishOptions, PublishPlan, TargetPlan } from './plan-publish.ts';
export { planPublish } from './plan-publish.ts';
export type { PublishedLayer, PublishedTarget, PublishResult } from './publish-image.ts';
export { applyPlan, publishImage } from './publish-image.ts';
export type { PublishTarget, Transport } from './publish-target.ts';
export type { RegistryHost } from './registry-host.ts';
export { formatRegistryHost, parseRegistryHost } from './registry-host.ts';
export type { RepairOptions, RepairResult } from './repair-image.ts';
export { repairImage } from './repair-image.ts';
export type { ScanGateOptions, ScanPass, Severity } from './scan-gate.ts';
export { severities, waitForScan } from './scan-gate.ts';
