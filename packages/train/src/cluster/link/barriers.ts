/** The leader's book of who has come to which barrier, and who has gone home. */

/** A barrier that is over: all came, or some never will. */
export type Settlement =
  | { readonly barrier: string; readonly passed: true; readonly value: string | undefined }
  | { readonly barrier: string; readonly passed: false; readonly ended: readonly string[] };

export interface Barriers {
  /** Notes that `host` has come; returns the settlement when that was the last one, or none can come any more. */
  arrive(barrier: string, host: string, value?: string | undefined): Settlement | undefined;
  /** Notes that `host` comes to no further barrier; returns the open barriers that this settles. */
  end(host: string): readonly Settlement[];
  /** The hosts that have not come to `barrier`. */
  missing(barrier: string): readonly string[];
}

interface Barrier {
  readonly arrived: Set<string>;
  value: string | undefined;
}

/** Opens the book for `hosts`. */
export function createBarriers(hosts: readonly string[]): Barriers {
  const open = new Map<string, Barrier>();
  const ended = new Set<string>();
  const missing = (barrier: string) => hosts.filter((host) => !open.get(barrier)?.arrived.has(host));
  const settle = (name: string, { value }: Barrier): Settlement | undefined => {
    const absent = missing(name);
    const gone = absent.filter((host) => ended.has(host));
    if (absent.length > 0 && gone.length === 0) return undefined;
    if (absent.length === 0) open.delete(name);
    return absent.length === 0
      ? { barrier: name, passed: true, value }
      : { barrier: name, passed: false, ended: gone };
  };
  return {
    arrive: (name, host, value) => {
      const barrier = open.get(name) ?? { arrived: new Set(), value: undefined };
      open.set(name, barrier);
      barrier.arrived.add(host);
      barrier.value ??= value;
      return settle(name, barrier);
    },
    end: (host) => {
      ended.add(host);
      return [...open].flatMap(([name, barrier]) => settle(name, barrier) ?? []);
    },
    missing,
  };
}
