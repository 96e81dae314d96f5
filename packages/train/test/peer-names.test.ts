/** Stories of programs on hosts whose peers cannot be found yet. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findPort } from './find-port.ts';
import { type Story, train } from './train-story.ts';

/** A name that never resolves (RFC 6761), and one that comes first in order: the leader's. */
const missing = 'z.invalid';
const missingLeader = '0.invalid';
const here = '127.0.0.1';

async function trainHere(hosts: readonly string[], story: Story) {
  return train('happy.ts', {
    code: { 'train.sh': 'echo started' },
    ...story,
    hyperparameters: { sagemaker_program: '"train.sh"', ...story.hyperparameters },
    variables: { OPTML_CLUSTER_PORT: String(await findPort()) },
    prepare: (root) =>
      writeFile(
        join(root, 'input/config/resourceconfig.json'),
        JSON.stringify({ current_host: here, hosts, network_interface_name: 'none' }),
      ),
  });
}

describe('a program whose peers cannot be found', () => {
  test.each([[[here, missing]], [[missingLeader, here, '127.0.0.2', missing]]])(
    'starts with a warning when the time is up, on %j',
    async (hosts) => {
      const { result, stdout, stderr } = await trainHere(hosts, { peerNamesTimeoutMs: 500 });

      const strangers = hosts.filter((host) => host.endsWith('.invalid'));
      expect(result).toEqual({ exitCode: 0 });
      expect(stdout).toBe('started\n');
      expect(stderr).toContain(
        `the program starts although ${strangers.length} of ${hosts.length} hosts were not found within 0.5 s: ${strangers[0]}: its name does not resolve (DNS: `,
      );
      for (const host of strangers) expect(stderr).toContain(`${host}: its name does not resolve`);
      expect(stderr).not.toContain('127.0.0.2: ');
    },
  );

  test('fails when mpirun needs them', async () => {
    const { result, tree, stdout } = await trainHere([missingLeader, here], {
      hyperparameters: { sagemaker_mpi_enabled: 'true' },
      peerNamesTimeoutMs: 500,
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'CLUSTER_UNREACHABLE' });
    expect(await tree.failure()).toMatch(
      /^PlatformError: mpirun cannot find 1 of 2 hosts within 0.5 s: 0\.invalid: its name does not resolve/,
    );
    expect(stdout).toBe('');
  });

  test('waits with a line that names them, and a stop ends the wait', async () => {
    const { result, stdout, stderr } = await trainHere([here, missing], {
      stopAtError: 'waiting up to 900 s for other hosts: z.invalid: its name does not resolve',
    });

    expect(result).toMatchObject({ exitCode: 143, code: 'TRAINING_STOPPED' });
    expect(stdout).toBe('');
    expect(stderr.match(/waiting up to/g)).toHaveLength(1);
  });
});

test('a definition is not held back: it asks for its peers when it needs them', async () => {
  const { result, stderr } = await train('happy.ts', {
    hyperparameters: { rate: '2' },
    inputDataConfig: { training: {} },
    files: { 'training/a.csv': 'x,40\ny,2\n' },
    variables: { OPTML_CLUSTER_PORT: String(await findPort()) },
    prepare: (root) =>
      writeFile(
        join(root, 'input/config/resourceconfig.json'),
        JSON.stringify({ current_host: here, hosts: [here, missing], network_interface_name: 'none' }),
      ),
  });

  expect(result).toEqual({ exitCode: 0 });
  expect(stderr).not.toContain('waiting up to');
});
