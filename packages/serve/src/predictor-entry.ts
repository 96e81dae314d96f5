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
