/** What `predict` gets beside the instances; each part is made when the author asks for it. */

import { type Log, withFields } from '@optml/contract/log';
import type { Cancellation } from '../invocation/cancellation.ts';
import type { InvocationRequest } from '../invocation/invocation.ts';
import type { ReplySettings } from '../invocation/reply-headers.ts';
import type { Adapter } from './adapter-options.ts';
import type { PredictContext } from './define-predictor.ts';
import type { InvocationRequestInfo } from './invocation-request-info.ts';
import { getReplySettings, type PreparedInvocation } from './prepare-invocation.ts';
import type { Session } from './session-options.ts';

/** One invocation as the author sees it. */
export class InvocationContext implements PredictContext<unknown> {
  readonly model: unknown;
  readonly session: Session | undefined;
  readonly adapter: Adapter | undefined;
  readonly #request: InvocationRequest;
  readonly #prepared: PreparedInvocation;
  readonly #cancellation: Cancellation;
  readonly #log: Log;

  constructor(
    model: unknown,
    facts: {
      readonly request: InvocationRequest;
      readonly prepared: PreparedInvocation;
      readonly cancellation: Cancellation;
      readonly session?: Session | undefined;
      readonly adapter?: Adapter | undefined;
      readonly log: Log;
    },
  ) {
    this.model = model;
    this.session = facts.session;
    this.adapter = facts.adapter;
    this.#request = facts.request;
    this.#prepared = facts.prepared;
    this.#cancellation = facts.cancellation;
    this.#log = facts.log;
  }

  get request(): InvocationRequestInfo {
    const { requestId, customAttributes, headers } = this.#request;
    return { requestId, contentType: this.#prepared.contentType, customAttributes, headers };
  }

  get reply(): ReplySettings {
    return getReplySettings(this.#prepared);
  }

  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }

  get log(): Log {
    return withFields(this.#log, { requestId: this.#request.requestId });
  }
}
