/** What the server and its worker say to each other. */

import type { ServeErrorCode } from './errors.ts';
import type { LogLevel } from './logger.ts';
import type { InvocationReply, InvocationRequest } from './model-handle.ts';

/** From the server to the worker. */
export type ToWorker =
  | { readonly type: 'invoke'; readonly id: number; readonly request: InvocationRequest }
  | { readonly type: 'abort'; readonly id: number; readonly reason: string }
  /** Stop loading or unload, then end. */
  | { readonly type: 'stop' };

/** From the worker to the server. */
export type FromWorker =
  | { readonly type: 'loaded' }
  | {
      readonly type: 'load-failed';
      readonly code: ServeErrorCode;
      readonly message: string;
      /** The author's error with its stack, as text: a class of the author's does not cross threads. */
      readonly cause: string;
    }
  | { readonly type: 'reply'; readonly id: number; readonly reply: InvocationReply }
  | {
      readonly type: 'log';
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>> | undefined;
    };
