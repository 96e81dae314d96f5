/** What the two ways to predict, alone and in a batch, are given. */

import type { Log } from '@optml/contract/log';
import type { Cancellation } from '../invocation/cancellation.ts';
import type { InvocationReply, InvocationRequest, WholeReply } from '../invocation/invocation.ts';
import type { InvocationClock } from '../invocation/invocation-clock.ts';
import type { Adapter } from './adapter-options.ts';
import type { LoadedPredictor } from './load-predictor.ts';
import type { PreparedInvocation } from './prepare-invocation.ts';
import type { SessionTurn } from './session-options.ts';

/** One invocation's way through the predictor, and who waits for it. */
export interface Ticket {
  readonly cancellation: Cancellation;
  /** How long somebody waits for it from now on. */
  readonly remainingMs: number;
  /** Says that its work begins; false when it is not to be done any more. */
  begin(): boolean;
  /** Says that it waits for others of its batch, and that nothing is lost if it is taken away now. */
  park(): void;
  /** Set where it is predicted in a session. */
  readonly turn?: SessionTurn | undefined;
}

export interface Prediction {
  readonly predictor: LoadedPredictor;
  readonly request: InvocationRequest;
  readonly prepared: PreparedInvocation;
  readonly ticket: Ticket;
  readonly adapter: Adapter | undefined;
  /** Where there is one, the steps are noted. */
  readonly clock: InvocationClock | undefined;
  readonly log: Log;
}

/** Never throws and never rejects: an error is a reply, and its stack is in the log. `undefined` when nobody waits. */
export type Invoke = (
  request: InvocationRequest,
  ticket: Ticket,
) => WholeReply | undefined | Promise<InvocationReply | undefined>;

/** What there is instead of an output for an invocation that was taken away while it waited for its batch. */
export const abandoned = Symbol('abandoned');
