/** The leader's book of who has come to which meeting, and who has gone home. */

/** A meeting that is over: all came, or some never will. */
export type Settlement =
  | { readonly meeting: string; readonly met: true; readonly offer: string | undefined }
  | { readonly meeting: string; readonly met: false; readonly ended: readonly string[] };

export interface Meetings {
  /** Notes that `host` has come; returns the settlement when that was the last one, or none can come any more. */
  arrive(meeting: string, host: string, offer?: string): Settlement | undefined;
  /** Notes that `host` comes to no further meeting; returns the open meetings that this settles. */
  end(host: string): readonly Settlement[];
  /** The hosts that have not come to `meeting`. */
  missing(meeting: string): readonly string[];
}

interface Meeting {
  readonly arrived: Set<string>;
  offer: string | undefined;
}

/** Opens the book for `hosts`. */
export function createMeetings(hosts: readonly string[]): Meetings {
  const open = new Map<string, Meeting>();
  const ended = new Set<string>();
  const missing = (meeting: string) => hosts.filter((host) => !open.get(meeting)?.arrived.has(host));
  const settle = (name: string, { offer }: Meeting): Settlement | undefined => {
    const absent = missing(name);
    const gone = absent.filter((host) => ended.has(host));
    if (absent.length > 0 && gone.length === 0) return undefined;
    if (absent.length === 0) open.delete(name);
    return absent.length === 0
      ? { meeting: name, met: true, offer }
      : { meeting: name, met: false, ended: gone };
  };
  return {
    arrive: (name, host, offer) => {
      const meeting = open.get(name) ?? { arrived: new Set(), offer: undefined };
      open.set(name, meeting);
      meeting.arrived.add(host);
      meeting.offer ??= offer;
      return settle(name, meeting);
    },
    end: (host) => {
      ended.add(host);
      return [...open].flatMap(([name, meeting]) => settle(name, meeting) ?? []);
    },
    missing,
  };
}
