/** The SageMaker inference server. */

export type { Log } from '@optml/contract/log';
export type { SparseOptions } from './bodies/sparse-rows.ts';
export type { ChatDelta, ChatPiece } from './chat-completions/chat-reply.ts';
export type { ChatCompletionsRequest } from './chat-completions/chat-request.ts';
export type { ServeErrorCode } from './errors/errors.ts';
export { ServeError, serveErrorCodes, statusOf } from './errors/errors.ts';
export type { App } from './http/create-app.ts';
export { createApp } from './http/create-app.ts';
export type { ListenOptions, RunningServer } from './http/listen.ts';
export type { ServerOptions } from './http/server-options.ts';
export type { SpillOptions } from './http/store-body.ts';
export type { OpenInferenceModel } from './invocation/invocation.ts';
export type { Metering, ReplySettings } from './invocation/reply-headers.ts';
export type { AdapterSettings } from './model/adapter-registry.ts';
export type { ServerState } from './model/lifecycle.ts';
export type { SessionSettings } from './model/served-model.ts';
export type { AccessLogOptions } from './observability/access-log.ts';
export type { EmbeddedMetricsOptions } from './observability/embedded-metrics.ts';
export type {
  Adapter,
  AdapterOptions,
  LoadAdapterContext,
  UnloadAdapterContext,
} from './predictor/adapter-options.ts';
export type { BatchingOptions } from './predictor/batching-options.ts';
export type {
  BidirectionalContext,
  LoadContext,
  PredictBatchContext,
  PredictContext,
  PredictorDefinition,
  UploadedFile,
} from './predictor/define-predictor.ts';
export { definePredictor } from './predictor/define-predictor.ts';
export type { HookBody, HookContext, HookReply, PredictorHooks } from './predictor/hooks.ts';
export type { InvocationRequestInfo } from './predictor/invocation-request-info.ts';
export type {
  CloseSessionContext,
  OpenSessionContext,
  Session,
  SessionOptions,
} from './predictor/session-options.ts';
export type { ServingOptions } from './run-serving.ts';
export { runServing } from './run-serving.ts';
export { describeCapabilities } from './self-description/describe-capabilities.ts';
