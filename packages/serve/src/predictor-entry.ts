/**
 * What an author's module needs, as `@optml/serve/predictor`: it runs in every worker, where the whole package would
 * bring along Express and the server, which nobody there uses.
 */

export type { SparseOptions } from './bodies/sparse-rows.ts';
export type { ChatDelta, ChatPiece } from './chat-completions/chat-reply.ts';
export type { ChatCompletionsRequest } from './chat-completions/chat-request.ts';
export { ServeError } from './errors/errors.ts';
export type { Metering, ReplySettings } from './invocation/reply-headers.ts';
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
