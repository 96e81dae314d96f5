/** What the kernel does to worker processes, and knows of them. Whatever a system does not have is left out. */

import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import type { HostEnd } from './worker-host.ts';

/** Ends a worker at once, with all that it has started. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // There is none any more.
  }
}

/** The bytes of memory that belong to a process alone; code that it shares with others does not count. */
export function readResident(pid: number | undefined): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
  } catch {
    return undefined;
  }
}

/** Where memory runs out, the kernel ends the process with the most points: half of the memory's worth is added. */
export function preferForKilling(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // It ends the largest then, which workers are as a rule.
  }
}

interface ExitFacts {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the process used when it was looked at last. */
  readonly residentBytes: number;
  /** True when the kernel has ended a process of the container for want of memory since this one started. */
  readonly hasKilled: boolean;
  /** True when V8 has said that no memory was left. */
  readonly isHeapFull: boolean;
  readonly maximumHeapMiB: number;
}

interface Exit {
  readonly text: string;
  readonly memory?: HostEnd['memory'] | undefined;
  /** True where it is known that memory ran out. */
  readonly isMemory: boolean;
}

const mebibyte = 1024 ** 2;

/** Says how a process has ended that was not ended by the server, and what that may mean. */
export function explainExit({ exitCode, signal, residentBytes, ...facts }: ExitFacts): Exit {
  const { hasKilled, isHeapFull, maximumHeapMiB } = facts;
  if (signal === 'SIGKILL')
    return {
      text: `signal SIGKILL with ${Math.round(residentBytes / mebibyte)} MiB of memory in use: the kernel sends it when memory runs out`,
      memory: 'kernel',
      isMemory: hasKilled,
    };
  if (isHeapFull)
    return {
      text: `signal ${signal}: V8 ran out of memory, its heap limit is ${maximumHeapMiB} MiB`,
      memory: 'heap',
      isMemory: true,
    };
  const text = signal === null ? `exit code ${exitCode}` : `signal ${signal}: stderr may say more`;
  return { text, isMemory: false };
}
