/** A program that `mpirun` starts on three hosts, each a network namespace, over ssh servers of the job's own. */

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const hosts = ['algo-1', 'algo-2', 'algo-3'];
const hostProgram = fileURLToPath(new URL('./mpi-program.ts', import.meta.url));

const sum = fileURLToPath(new URL('./mpi-sum.py', import.meta.url));

/**
 * What hosts have to themselves besides their network: a name, which as on the platform is not the one in the
 * configuration, and shared memory, in which Open MPI names its files by host name and rank.
 */
const alone = 'hostname "machine-of-$0" && mount -t tmpfs tmpfs /dev/shm && exec "$@"';

const enter = (host: string) => [
  ...['netns', 'exec', `optml-${host}`],
  ...['unshare', '--uts', '--mount', '/bin/sh', '-c', alone, host],
];

async function runEverywhere(script: string) {
  const results = hosts.map(async (host) => {
    const argv = [...enter(host), process.execPath, hostProgram, host, '/bin/sh', '-c', script];
    const child = spawn('ip', argv, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORWARDED: 'yes' },
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { stdout, stderr, exitCode };
  });
  return Promise.all(results);
}

/** mpirun may pass on the words of two ranks before the end of the line of the first. */
function splitAt(start: RegExp, output = ''): readonly string[] {
  return output
    .split(start)
    .map((words) => words.trim())
    .sort();
}

test('mpirun starts every rank on its host, with that host’s variables', { timeout: 60_000 }, async () => {
  const script =
    'echo "$OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE on $SM_CURRENT_HOST, $FORWARDED, $QUOTED"';

  const [leader, ...others] = await runEverywhere(script);

  const lines = splitAt(/(?=\d of 6)/, leader?.stdout);
  const quoted = "it's $HOME `and` more";
  expect(lines, leader?.stderr).toEqual(
    [1, 1, 2, 2, 3, 3].map((host, rank) => `${rank} of 6 on algo-${host}, yes, ${quoted}`),
  );
  expect(others.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
});

test('the exit code of a rank that fails ends every host', { timeout: 60_000 }, async () => {
  const results = await runEverywhere('[ "$OMPI_COMM_WORLD_RANK" != 3 ] || exit 42');

  expect(results.map(({ exitCode }) => exitCode)).toEqual([42, 42, 42]);
});

test('ranks on different hosts talk to one another', { timeout: 60_000 }, async () => {
  const [leader] = await runEverywhere(`exec python3 ${sum}`);

  expect(splitAt(/(?=rank)/, leader?.stdout), leader?.stderr).toEqual(
    Array.from({ length: 6 }, (_, rank) => `rank ${rank} knows the sum 15`),
  );
});
