/** Runs a program on all hosts with `mpirun`, and gives the ending of what this host had to do with it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Paths } from '@optml/contract/paths';
import { createCluster } from '../cluster/create-cluster.ts';
import type { ClusterLink } from '../cluster/link/cluster-link.ts';
import { runVariable } from '../job/child-start.ts';
import { type MpiLaunch, runMpi } from '../mpi/run-mpi.ts';
import type { ProcessCommand } from '../programs/process-command.ts';
import { createRunId, createRunProcesses, hasVariable } from './run-processes.ts';
import { chooseStopSignal, tell } from './stop-run.ts';
import {
  createStoppedEnding,
  type Ending,
  notStarted,
  type SupervisionOptions,
  superviseProcess,
} from './supervise-process.ts';

export interface MpiRun extends MpiLaunch {
  readonly link: ClusterLink;
  readonly paths: Paths;
}

/** The variable that Open MPI gives to the processes of the program, and to no others. */
const rankVariable = 'OMPI_COMM_WORLD_RANK';
const isRank = (pid: number) => hasVariable(pid, rankVariable);
/** The ssh server is ended when the program has ended. */
const serverTimeoutMs = 5_000;

/**
 * Runs the program of `command` on all hosts. A stop is told to the program's processes on this host alone: `mpirun`
 * would kill them a second later, and ends when they have ended.
 *
 * @throws TrainError of `runMpi`.
 */
export async function superviseMpi(
  command: ProcessCommand,
  run: MpiRun,
  options: SupervisionOptions,
): Promise<Ending> {
  const { facts, link, paths, ...launch } = run;
  const { signal, stopTimeoutMs } = options;
  const runId = createRunId();
  const environment = { ...command.environment, [runVariable]: runId };
  const late = createLateSignal(signal, stopTimeoutMs);
  const endings: { mpirun?: Ending | undefined; server?: Ending | undefined } = {};
  const cluster = await createCluster(facts, { link, paths, signal });
  const directory = await mkdtemp(join(tmpdir(), 'optml-mpi-'));
  if (!cluster.isLeader) tellRanks(runId, signal);
  try {
    const exitCode = await runMpi(cluster, {
      ...launch,
      program: [command.file, ...command.arguments],
      directory,
      environment,
      signal,
      farewell: await createCluster(facts, { link, paths, signal: late.signal }),
      async runProcess([file, ...argv], { signal: stop }) {
        const helper = { ...command, file, arguments: argv, hasChannel: false, runId };
        const isServer = file !== 'mpirun';
        const stopping = isServer ? { stopTimeoutMs: serverTimeoutMs } : { isTold: isRank };
        const ended = await superviseProcess(helper, { ...options, ...stopping, signal: stop });
        endings[isServer ? 'server' : 'mpirun'] = ended;
        return ended;
      },
    });
    return endings.mpirun ?? follow(exitCode, endings.server, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return endings.mpirun ?? follow(undefined, endings.server, signal);
  } finally {
    late.dispose();
    await rm(directory, { recursive: true });
  }
}

/** Aborts when what was asked to stop should have ended. */
function createLateSignal(signal: AbortSignal, timeoutMs: number) {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    timer = setTimeout(() => late.abort(signal.reason), timeoutMs);
  };
  if (signal.aborted) wait();
  else signal.addEventListener('abort', wait, { once: true });
  return { signal: late.signal, dispose: () => clearTimeout(timer) };
}

/** Those that the leader's `mpirun` has started on this host inherit the run's mark from the way in. */
function tellRanks(runId: string, signal: AbortSignal): void {
  const ranks = () =>
    createRunProcesses(runId)
      .list()
      .filter(({ pid }) => isRank(pid));
  signal.addEventListener('abort', () => tell(ranks(), chooseStopSignal(signal)), { once: true });
}

/** The ending of a host that only lets the leader in: that of `mpirun`, where the leader still told it. */
function follow(
  exitCode: number | null | undefined,
  server: Ending | undefined,
  signal: AbortSignal,
): Ending {
  const leftovers = server?.leftovers ?? [];
  const stopRequested = signal.aborted;
  // Of a signal that has ended `mpirun` the leader tells the rest.
  if (!stopRequested || typeof exitCode === 'number')
    return { ...notStarted, exitCode: exitCode ?? 1, stopRequested, leftovers };
  const stopped = createStoppedEnding(signal);
  return leftovers.length > 0 ? { ...stopped, signal: 'SIGKILL', timedOut: true, leftovers } : stopped;
}
