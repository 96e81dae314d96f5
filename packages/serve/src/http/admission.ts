/** Bounds what the server takes on, by count and by bytes. */

import { ServeError } from '../errors/errors.ts';

export interface AdmissionOptions {
  /** The most invocations that are waited for at once, whether they wait or are worked on. */
  readonly maximumInvocations: number;
  /** The most bytes of bodies in memory: those that are still arriving, and replies that have not been read. */
  readonly maximumBytes: number;
}

export type Admission = ReturnType<typeof createAdmission>;

/** Creates the bounds; a client that is only slow takes no place, for it has no body yet. */
export function createAdmission({ maximumInvocations, maximumBytes }: AdmissionOptions) {
  let invocations = 0;
  let bytes = 0;
  const assertRoom = () => {
    if (invocations >= maximumInvocations)
      throw createFullError(`${invocations} invocations are waiting already`);
  };
  return {
    /** @throws ServeError `QUEUE_FULL`, before a body is read that could not be taken on. */
    assertRoom,
    /** Takes a place for a request whose body is there. @throws ServeError `QUEUE_FULL` */
    enter(): void {
      assertRoom();
      invocations += 1;
    },
    leave(): void {
      invocations -= 1;
    },
    /** Takes memory for bytes that have arrived; gives the ServeError `QUEUE_FULL` when there is none. */
    hold(more: number): ServeError | undefined {
      if (bytes + more > maximumBytes) return createFullError(`bodies already take ${bytes} bytes`);
      bytes += more;
      return undefined;
    },
    /** Takes memory that is in use already, as by a reply that the client has not read yet. */
    occupy(more: number): void {
      bytes += more;
    },
    release(less: number): void {
      bytes -= less;
    },
  };
}

function createFullError(reason: string): ServeError {
  return new ServeError('QUEUE_FULL', `the server is busy: ${reason}: try again later, or add instances`);
}
