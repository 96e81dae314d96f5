/** Adds adapters to a model: a request that names one is predicted with it, and the adapter stays until then. */

import type { Log } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import { adapterHeader } from '../invocation/adapter-use.ts';
import { Cancellation } from '../invocation/cancellation.ts';
import { type InvocationReply, isStreamed, type ReplyPieces } from '../invocation/invocation.ts';
import { AdapterRegistry, type AdapterSettings } from './adapter-registry.ts';
import { createMemoryMeasure } from './memory-measure.ts';
import type { AdapterLoader, ModelHandle } from './model-handle.ts';

export interface AdapterHandleOptions extends AdapterSettings {
  /** What the processes of the server may use; default the container's. */
  readonly memoryMiB: number | undefined;
  readonly log: Log;
}

/** Gives a model whose requests may name adapters. */
export function addAdapters(
  handle: ModelHandle,
  loader: AdapterLoader,
  { memoryMiB, log, ...settings }: AdapterHandleOptions,
): ModelHandle {
  const memory = createMemoryMeasure({ memoryMiB, advice: 'unload other adapters first' });
  const adapters = new AdapterRegistry({ loader, memory, log }, settings);
  return {
    ...handle,
    adapters,
    predict(request, cancellation) {
      const name = request.headers[adapterHeader];
      if (!name) return handle.predict(request, cancellation);
      const { loaded, leave } = adapters.enter(name);
      const inner = new Cancellation();
      cancellation.onCancel((reason) => {
        leave();
        inner.cancel(reason);
      });
      const answer = async () => {
        try {
          await loaded;
          if (inner.reason !== undefined) throw inner.reason;
          return leaveAfter(await handle.predict({ ...request, adapter: name }, inner), leave);
        } catch (error) {
          leave();
          throw error;
        }
      };
      return answer();
    },
    async unload() {
      adapters.close(new ServeError('SERVER_CLOSED', 'the server is closing'));
      await handle.unload();
    },
  };
}

/** A streamed reply is in flight until its last piece. */
function leaveAfter(reply: InvocationReply, leave: () => void): InvocationReply {
  if (isStreamed(reply)) return { ...reply, body: endWith(reply.body, leave) };
  leave();
  return reply;
}

function endWith(pieces: ReplyPieces, end: () => void): ReplyPieces {
  return {
    async next() {
      try {
        const piece = await pieces.next();
        if (piece.done === true) end();
        return piece;
      } catch (error) {
        end();
        throw error;
      }
    },
  };
}
