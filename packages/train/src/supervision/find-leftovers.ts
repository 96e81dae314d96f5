/** Finds the processes that a run has left behind, by a variable that all its descendants inherit. */

import { readdir, readFile } from 'node:fs/promises';

/** Marks the processes of one run; a daemon that leaves its group and session still carries it. */
export const runVariable = 'OPTML_RUN_ID';

export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/** Lists the live processes of a run; none where the system has no /proc. */
export async function findLeftovers(runId: string): Promise<readonly Leftover[]> {
  const entries = await readdir('/proc').catch(() => []);
  const found = await Promise.all(
    entries.filter((entry) => /^\d+$/.test(entry)).map((pid) => inspect(pid, runId)),
  );
  return found.flatMap((leftover) => leftover ?? []);
}

/** A process that ends meanwhile, or belongs to somebody else, is none of ours. */
async function inspect(pid: string, runId: string): Promise<Leftover | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  if (!environment.split('\0').includes(`${runVariable}=${runId}`)) return undefined;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return { pid: Number(pid), command: command.split('\0').join(' ').trim() };
}
