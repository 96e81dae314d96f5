/** Runs a program on all hosts with `mpirun`, and gives the ending of what this host had to do with it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Paths } from '@optml/contract/paths';
import type { ClusterFacts } from '../cluster/cluster.ts';
import type { ClusterLink } from '../cluster/cluster-link.ts';
import { createCluster } from '../cluster/create-cluster.ts';
import { runMpi } from '../cluster/run-mpi.ts';
import {
  type Ending,
  type ProcessCommand,
  type SupervisionOptions,
  superviseProcess,
} from './supervise-process.ts';

/** What the leader's `mpirun` starts, and where. */
export interface MpiLaunch {
  readonly facts: ClusterFacts;
  readonly processesPerHost: number;
  readonly processCount?: number | undefined;
  readonly customOptions?: readonly string[] | undefined;
}

export interface MpiRun extends MpiLaunch {
  readonly link: ClusterLink;
  readonly paths: Paths;
}

/**
 * Runs the program of `command` on all hosts.
 *
 * @throws TrainError of `runMpi`.
 */
export async function superviseMpi(
  command: ProcessCommand,
  run: MpiRun,
  options: SupervisionOptions,
): Promise<Ending> {
  const { facts, link, paths, processesPerHost, processCount, customOptions } = run;
  const { signal } = options;
  const cluster = await createCluster(facts, { link, paths, signal });
  const directory = await mkdtemp(join(tmpdir(), 'optml-mpi-'));
  let ending: Ending = notRun;
  try {
    const exitCode = await runMpi(cluster, {
      processesPerHost,
      processCount,
      customOptions,
      program: [command.file, ...command.arguments],
      directory,
      environment: command.environment,
      signal,
      async runProcess([file, ...argv], { signal: stop }) {
        const helper = { ...command, file, arguments: argv, hasChannel: false };
        const ended = await superviseProcess(helper, { ...options, signal: stop });
        if (file === 'mpirun') ending = ended;
        return ended;
      },
    });
    return cluster.isLeader ? ending : { ...notRun, exitCode };
  } finally {
    await rm(directory, { recursive: true });
  }
}

const notRun: Ending = {
  exitCode: 0,
  signal: null,
  stopRequested: false,
  timedOut: false,
  lastErrorLines: [],
  leftovers: [],
};
