/** Finds the processes of one run: those in its group, those that inherited its mark, and what they have started. */

import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import process from 'node:process';
import { runVariable } from '../job/child-start.ts';

/** Creates the mark of a run, of which there is no other on this machine. */
export function createRunId(): string {
  // Not of `performance`, which is loaded when it is first used.
  return `${process.pid}-${process.hrtime.bigint()}`;
}

export interface RunProcess {
  readonly pid: number;
  /** The process group that it is in. */
  readonly group: number;
  readonly command: string;
}

/**
 * Creates the list of a run. One that was seen once is known again when its parent has ended, also if it has cleared
 * its environment.
 */
export function createRunProcesses(runId: string, group?: number) {
  const mark = `${runVariable}=${runId}`;
  const known = new Map<number, Status>();
  const isKnown = ({ pid, startTime }: Status) => known.get(pid)?.startTime === startTime;
  return {
    /** Lists those that live now; none where the system has no /proc. */
    list(): readonly RunProcess[] {
      const all = listIds().flatMap((pid) => readStatus(pid) ?? []);
      for (const status of all) {
        if (isKnown(status) || status.group === group || readVariables(status.pid).includes(mark))
          known.set(status.pid, status);
        else known.delete(status.pid);
      }
      addChildren(all, known);
      return all
        .filter(isKnown)
        .map(({ pid, group: itsGroup }) => ({ pid, group: itsGroup, command: readCommand(pid) }));
    },
  };
}

interface Status {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** In clock ticks since the machine's start: with it, a number that is given anew is told from the old one. */
  readonly startTime: string;
}

function listIds(): readonly number[] {
  try {
    return readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? Number(entry) : []));
  } catch {
    return [];
  }
}

/** The kernel's `PF_EXITING`: what has it holds nothing any more, not even its command. */
const exitingFlag = 4;

/** What is ending, or dead and not waited for, does not live. Source: proc_pid_stat(5). */
function readStatus(pid: number): Status | undefined {
  const text = readFile(pid, 'stat');
  // The name, in brackets, may hold anything.
  const [state, parent, group, ...others] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const isEnding = state === 'Z' || state === 'X' || (Number(others[3]) & exitingFlag) !== 0;
  if (text === '' || isEnding) return undefined;
  return { pid, parent: Number(parent), group: Number(group), startTime: others[16] as string };
}

/** True for a process that was started with the variable. */
export function hasVariable(pid: number, name: string): boolean {
  return readVariables(pid).some((variable) => variable.startsWith(`${name}=`));
}

function readVariables(pid: number): readonly string[] {
  return readFile(pid, 'environ').split('\0');
}

/** Parents need not stand before their children. */
function addChildren(all: readonly Status[], known: Map<number, Status>): void {
  const children = all.filter(({ pid, parent }) => known.has(parent) && !known.has(pid));
  if (children.length === 0) return;
  for (const child of children) known.set(child.pid, child);
  addChildren(all, known);
}

function readCommand(pid: number): string {
  return readFile(pid, 'cmdline').split('\0').join(' ').trim();
}

const masks = { ignored: /^SigIgn:\s*([0-9a-f]+)$/m, caught: /^SigCgt:\s*([0-9a-f]+)$/m } as const;

/** True for a process that ignores a signal, as background jobs of a shell ignore SIGINT, or that handles it. */
export function hasSignal(pid: number, how: keyof typeof masks, signal: NodeJS.Signals): boolean {
  const mask = masks[how].exec(readFile(pid, 'status'))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & (1n << BigInt(constants.signals[signal] - 1))) !== 0n;
}

/** A process that ends meanwhile, or belongs to somebody else, has nothing to read. */
function readFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
