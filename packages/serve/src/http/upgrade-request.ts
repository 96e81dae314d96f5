/** A request to open a WebSocket connection, and what is needed to answer it. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Log } from '@optml/contract/log';
import type { RequestHead } from '../invocation/invocation.ts';
import type { ModelHandle } from '../model/model-handle.ts';
import type { InvocationRecord } from '../observability/invocation-record.ts';
import type { Admission } from './admission.ts';
import type { Connections } from './connections.ts';
import type { ShedReports } from './shed-reports.ts';

/** A request for another protocol, with its connection and what has come after it. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

export interface ConnectionLimits {
  /** The most bytes of a message. */
  readonly messageBytes: number;
  /** From the first byte of a message to its last. */
  readonly messageMs: number;
  /** From the opening to the close. */
  readonly connectionMs: number;
  /** Between two pings. */
  readonly pingMs: number;
}

export interface UpgradeOptions {
  /** Gives the model; throws the reason when there is none. */
  getModel(): ModelHandle;
  /** Begins the record of a request; `undefined` when nobody wants to know. */
  observe(request: IncomingMessage, head: RequestHead, path: string): InvocationRecord | undefined;
  isClosing(): boolean;
  readonly admission: Admission;
  readonly connections: Connections;
  readonly connectionLimits: ConnectionLimits;
  readonly log: Log;
  readonly sheds: ShedReports;
}
