/** Starts a host of a test cluster as a process, and waits for what it tells. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { HostCommand, HostEvent, HostSettings } from './host-words.ts';

/** A running host. */
export interface Host {
  readonly process: ChildProcess;
  /** Waits for the first event, past or future, that fits; rejects when the host ends without one. */
  next<Name extends HostEvent['event']>(name: Name): Promise<HostEvent & { readonly event: Name }>;
  /** Sends a command and waits for its end: the value, or an error with code and message. */
  order(command: HostCommand): Promise<unknown>;
  readonly ended: Promise<{ readonly exitCode: number | null }>;
}

/** What an order that was refused rejects with. */
class OrderError extends Error {
  readonly code: string | undefined;

  constructor(code: string | undefined, message: string) {
    super(message);
    this.code = code;
  }
}

const program = fileURLToPath(new URL('./host-program.ts', import.meta.url));

/** Starts a host behind `prefix`, the command that takes it to its own network. */
export function startHost(settings: HostSettings, prefix: readonly string[]): Host {
  const [command, ...argv] = [...prefix, process.execPath, program, JSON.stringify(settings)];
  const child = spawn(command as string, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null }));
  const find = collectEvents(child, ended, settings.currentHost);
  const next: Host['next'] = async (name) =>
    (await find((event) => event.event === name)) as HostEvent & { readonly event: typeof name };
  child.stdin?.on('error', () => {});
  return {
    process: child,
    next,
    ended,
    order: async (order) => {
      const line = JSON.stringify(order);
      child.stdin?.write(`${line}\n`);
      const event = await find((told) => 'command' in told && told.command === line);
      if (event.event === 'refused') throw new OrderError(event.code, event.message);
      return event.event === 'done' ? event.value : undefined;
    },
  };
}

/** Every event is found once, so that the same order can be given twice. */
function collectEvents(child: ChildProcess, ended: Promise<unknown>, host: string) {
  const events: HostEvent[] = [];
  const listeners = new Set<() => void>();
  let over = false;
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  lines.on('line', (line) => {
    events.push(JSON.parse(line) as HostEvent);
    for (const listener of listeners) listener();
  });
  ended.then(() => {
    over = true;
    for (const listener of listeners) listener();
  });
  return (fits: (event: HostEvent) => boolean) =>
    new Promise<HostEvent>((resolve, reject) => {
      const look = () => {
        const index = events.findIndex(fits);
        const [event] = index === -1 ? [] : events.splice(index, 1);
        if (event === undefined && !over) return;
        listeners.delete(look);
        if (event === undefined) reject(new Error(`host ${host} ended first`));
        else resolve(event);
      };
      listeners.add(look);
      look();
    });
}
