/** The SageMaker inference server. */

export type { App } from './create-app.ts';
export { createApp } from './create-app.ts';
export type {
  BatchingOptions,
  InvocationRequestInfo,
  LoadContext,
  PredictBatchContext,
  PredictContext,
  Predictor,
  PredictorDefinition,
} from './define-predictor.ts';
export { definePredictor } from './define-predictor.ts';
export { describeCapabilities } from './describe-capabilities.ts';
export type { ServeErrorCode } from './errors.ts';
export { ServeError, serveErrorCodes, statusOf } from './errors.ts';
export type { SpillOptions } from './http/store-body.ts';
export type { ServerState } from './lifecycle.ts';
export type { ListenOptions, RunningServer } from './listen.ts';
export type { Logger } from './logger.ts';
export type { AccessLogOptions } from './observability/access-log.ts';
export type { EmbeddedMetricsOptions } from './observability/embedded-metrics.ts';
export type { OpenInferenceModel } from './open-inference/open-inference-request.ts';
export type { HookBody, HookContext, HookReply, PredictorHooks } from './predictor/hooks.ts';
export type { SparseOptions } from './predictor/sparse-rows.ts';
export type { Metering, ReplySettings } from './reply-headers.ts';
export type { ServingOptions } from './run-serving.ts';
export { runServing } from './run-serving.ts';
export type { ServerOptions } from './server-options.ts';
