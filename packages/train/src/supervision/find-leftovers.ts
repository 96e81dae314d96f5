/** Finds the processes that a run has left behind, by a variable that all its descendants inherit. */

import { readdirSync, readFileSync } from 'node:fs';

/** Marks the processes of one run; a daemon that leaves its group and session still carries it. */
export const runVariable = 'OPTML_RUN_ID';

export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/** Lists the live processes of a run; none where the system has no /proc. */
export function findLeftovers(runId: string): readonly Leftover[] {
  return listProcesses().flatMap((pid) => inspect(pid, runId) ?? []);
}

function listProcesses(): readonly string[] {
  try {
    return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}

/** A process that ends meanwhile, or belongs to somebody else, is none of ours. */
function inspect(pid: string, runId: string): Leftover | undefined {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    if (!variables.includes(`${runVariable}=${runId}`)) return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return { pid: Number(pid), command: command.split('\0').join(' ').trim() };
  } catch {
    return undefined;
  }
}
