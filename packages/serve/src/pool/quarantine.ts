/**
 * Remembers the bodies that ended workers. One that may have is a suspect, and is worked on alone from then on, so that
 * nothing else can be blamed or harmed. Only an end while it was alone convicts it, and then it is refused for a while.
 */

import process from 'node:process';
import { ServeError } from '../errors/errors.ts';
import type { InvocationRequest } from '../invocation/invocation.ts';
import type { Job } from './job.ts';

/** What is older than these is forgotten, so that nobody can fill the memory. */
const maximumEntries = 1_000;
/** A mistake is not to last, and a predictor may be well again. */
const termMs = 300_000;
/** Of larger bodies, as many parts of as many bytes are looked at. */
const partCount = 16;
const partBytes = 1_024;

export type Quarantine = ReturnType<typeof createQuarantine>;

interface Entry {
  /** How many ends of workers it was a part of. */
  ends: number;
  /** Of the clock: until then it is refused. */
  refusedUntilMs: number;
}

export function createQuarantine(now: () => number = () => performance.now()) {
  const entries = new Map<string, Entry>();
  return {
    /** Says how a job is to be treated: an error when its body is refused. */
    judge(job: Job): 'innocent' | 'suspect' | ServeError {
      if (entries.size === 0) return 'innocent';
      const entry = entries.get(nameOf(job));
      if (entry === undefined) return 'innocent';
      const remainingMs = entry.refusedUntilMs - now();
      // Whoever has served the term is worked on alone again.
      return remainingMs > 0 ? createRefusal(entry, remainingMs) : 'suspect';
    },
    /**
     * Takes in that a worker ended. Each of the bodies that it was working on counts once, however often it was there;
     * `isProof` says that there was one, alone, and that it cannot have been anything else.
     */
    noteEnd(names: readonly string[], isProof: boolean): void {
      for (const name of new Set(names)) {
        const entry = entries.get(name) ?? { ends: 0, refusedUntilMs: 0 };
        if (isProof && entry.ends > 0) entry.refusedUntilMs = now() + termMs;
        entry.ends += 1;
        entries.delete(name);
        entries.set(name, entry);
      }
      for (const name of entries.keys()) if (entries.size > maximumEntries) entries.delete(name);
    },
    /** A body that was worked on alone did no harm. */
    acquit: (job: Job) => void entries.delete(nameOf(job)),
  };
}

function createRefusal({ ends }: Entry, remainingMs: number): ServeError {
  const seconds = Math.ceil(remainingMs / 1_000);
  const message = `a request with this body has ended ${ends} workers and is refused for ${seconds} s: fix the predictor, or the request`;
  return new ServeError('REQUEST_QUARANTINED', message);
}

/** Names the body of a job; one that was moved to a worker was named before. */
export function nameOf(job: Job): string {
  job.name ??= nameBody(job.request);
  return job.name;
}

/** Names a body by its type, length and bytes; of more than 16 KiB, by a sample of them from end to end. */
export function nameBody({ body, contentType, session }: InvocationRequest): string {
  // Its body says nothing: what may end a worker is the state.
  if (session?.action === 'close') return session.id;
  // Only here: it would take a twentieth of a start.
  const { hash } = process.getBuiltinModule('node:crypto');
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
