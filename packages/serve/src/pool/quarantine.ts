/**
 * Remembers the bodies that ended workers. One that may have is worked on alone the next time, so that nothing
 * else can be blamed or harmed; if it ends that worker too, it is refused from then on.
 */

import { hash } from 'node:crypto';
import { ServeError } from '../errors.ts';
import type { InvocationRequest } from '../model-handle.ts';

/** What is older than these is forgotten, so that nobody can fill the memory. */
const maximumEntries = 1_000;
const lethalCount = 2;
/** Of larger bodies, as many parts of as many bytes are looked at. */
const partCount = 16;
const partBytes = 1_024;

export interface Quarantine {
  /**
   * Gives the name of a body that has ended one worker, `undefined` for all others.
   *
   * @throws ServeError `REQUEST_QUARANTINED` for one that has ended two.
   */
  check(request: InvocationRequest): string | undefined;
  /** Takes in that a worker ended on a body; `name` is what `nameBody` gave. */
  accuse(name: string): void;
  /** A body that was worked on alone did no harm. */
  acquit(name: string): void;
}

export function createQuarantine(): Quarantine {
  const counts = new Map<string, number>();
  return {
    check(request) {
      if (counts.size === 0) return undefined;
      const name = nameBody(request);
      const count = counts.get(name);
      if (count === undefined || count < lethalCount) return count === undefined ? undefined : name;
      const message = `a request with this body has ended ${count} workers and is refused: mend the predictor, or the request`;
      throw new ServeError('REQUEST_QUARANTINED', message);
    },
    accuse(name) {
      const count = (counts.get(name) ?? 0) + 1;
      counts.delete(name);
      counts.set(name, count);
      const [oldest] = counts.keys();
      if (counts.size > maximumEntries && oldest !== undefined) counts.delete(oldest);
    },
    acquit: (name) => void counts.delete(name),
  };
}

/** Names a body by its type, length and bytes; of more than 16 KiB, by a sample of them from end to end. */
export function nameBody({ body, contentType }: InvocationRequest): string {
  if (typeof body === 'string') return `${contentType} ${body.length} ${hash('sha1', body)}`;
  if (!(body instanceof Uint8Array)) return `${contentType} ${body.sizeBytes} ${body.digest}`;
  return `${contentType} ${body.byteLength} ${hash('sha1', sampleBytes(body))}`;
}

function sampleBytes(body: Uint8Array): Uint8Array {
  if (body.byteLength <= partCount * partBytes) return body;
  const sample = new Uint8Array(partCount * partBytes);
  const step = (body.byteLength - partBytes) / (partCount - 1);
  for (let part = 0; part < partCount; part += 1) {
    const from = Math.floor(part * step);
    sample.set(body.subarray(from, from + partBytes), part * partBytes);
  }
  return sample;
}
