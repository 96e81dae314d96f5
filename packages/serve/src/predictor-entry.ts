/**
 * What an author's module needs, as `@optml/serve/predictor`: it runs in every worker, where the whole package would
 * bring along Express and the server, which nobody there uses.
 */

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
export { ServeError } from './errors.ts';
export type { HookBody, HookContext, HookReply, PredictorHooks } from './predictor/hooks.ts';
export type { SparseOptions } from './predictor/sparse-rows.ts';
export type { Metering, ReplySettings } from './reply-headers.ts';
