/** The command by which the leader starts a program on every host: Open MPI's `mpirun`, with ssh to the others. */

import type { ClusterFacts } from '../cluster/cluster.ts';

/** The processes that `mpirun` starts. */
export interface MpiProcesses {
  /** How many processes run on every host, at least 1. */
  readonly processesPerHost: number;
  /** How many run on all hosts together; default as many as there are places for. */
  readonly processCount?: number | undefined;
  /** Further options of `mpirun`; what they set is not set here. */
  readonly customOptions?: readonly string[] | undefined;
}

export interface MpiCommandOptions extends MpiProcesses {
  /** The program's absolute path and its arguments. */
  readonly program: readonly [string, ...string[]];
  /** Where the caller writes `hostFile`. */
  readonly hostFilePath: string;
  /** The configuration of the ssh client; a path without spaces, because `mpirun` splits the command at them. */
  readonly sshConfigPath: string;
}

export interface MpiCommand {
  /** The text of the host file. */
  readonly hostFile: string;
  readonly argv: readonly [string, ...string[]];
}

/**
 * Creates the command for Debian's `openmpi-bin` (4.1). Ranks count through the hosts: the processes of host 0
 * come first.
 *
 * Source: the manual page mpirun(1) of Open MPI 4.1; for the choice of options sagemaker-training-toolkit `mpi.py`.
 */
export function createMpiCommand(
  { hosts, networkInterface }: Pick<ClusterFacts, 'hosts' | 'networkInterface'>,
  options: MpiCommandOptions,
): MpiCommand {
  const { processesPerHost, program, hostFilePath, sshConfigPath } = options;
  const { processCount = hosts.length * processesPerHost, customOptions = [] } = options;
  const parameters = {
    plm_rsh_agent: `ssh -F ${sshConfigPath}`,
    // Only the leader has the key.
    plm_rsh_no_tree_spawn: '1',
    oob_tcp_if_include: networkInterface,
    btl_tcp_if_include: networkInterface,
  };
  return {
    // A host alone need not know its own name.
    hostFile: (hosts.length === 1 ? ['localhost'] : hosts)
      .map((host) => `${host} slots=${processesPerHost}\n`)
      .join(''),
    argv: [
      'mpirun',
      '--allow-run-as-root',
      ...['--hostfile', hostFilePath, '-np', String(processCount)],
      // Slots are what the author asked for, not cores: a program may well bring threads of its own.
      ...['--map-by', 'slot', '--bind-to', 'none'],
      // mpirun refuses a parameter that is given twice; of other options it takes the last.
      ...Object.entries(parameters).flatMap(([name, value]) =>
        value === undefined || isParameterSet(customOptions, name) ? [] : ['--mca', name, value],
      ),
      ...customOptions,
      ...program,
    ],
  };
}

function isParameterSet(words: readonly string[], name: string): boolean {
  return words.some((word, index) => word === name && /^--?g?mca$/.test(words[index - 1] ?? ''));
}
