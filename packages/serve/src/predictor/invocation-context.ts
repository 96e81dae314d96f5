/** What `predict` gets beside the instances; each part is made when the author asks for it. */

import type { Cancellation } from '../cancellation.ts';
import type { InvocationRequestInfo, PredictContext } from '../define-predictor.ts';
import { type Logger, withFields } from '../logger.ts';
import type { InvocationRequest } from '../model-handle.ts';

/** One invocation as the author sees it. */
export class InvocationContext implements PredictContext<unknown> {
  readonly model: unknown;
  readonly #request: InvocationRequest;
  readonly #contentType: string;
  readonly #cancellation: Cancellation;
  readonly #log: Logger;

  constructor(
    model: unknown,
    facts: {
      readonly request: InvocationRequest;
      readonly contentType: string;
      readonly cancellation: Cancellation;
      readonly log: Logger;
    },
  ) {
    this.model = model;
    this.#request = facts.request;
    this.#contentType = facts.contentType;
    this.#cancellation = facts.cancellation;
    this.#log = facts.log;
  }

  get request(): InvocationRequestInfo {
    const { requestId, customAttributes, headers } = this.#request;
    return { requestId, contentType: this.#contentType, customAttributes, headers };
  }

  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }

  get log(): Logger {
    return withFields(this.#log, { requestId: this.#request.requestId });
  }
}
