import { expect, test } from 'vitest';
import { createMpiCommand } from './mpi-command.ts';

const options = {
  processesPerHost: 2,
  program: ['/opt/ml/code/run', "it's $1"] as [string, ...string[]],
  hostFilePath: '/job/hosts',
  sshConfigPath: '/job/ssh_config',
};

test('the command names hosts, slots, network and the program as it is', () => {
  const { hostFile, argv } = createMpiCommand({ hosts: ['a', 'b'], networkInterface: 'eth0' }, options);

  expect(hostFile).toBe('a slots=2\nb slots=2\n');
  expect(argv.join('|')).toContain('--hostfile|/job/hosts|-np|4|');
  expect(argv.join('|')).toContain('plm_rsh_agent|ssh -F /job/ssh_config|');
  expect(argv.join('|')).toContain('oob_tcp_if_include|eth0|--mca|btl_tcp_if_include|eth0|');
  expect(argv.slice(-2)).toEqual(['/opt/ml/code/run', "it's $1"]);
});

test('without a known network the command leaves the choice to mpirun', () => {
  const { argv } = createMpiCommand({ hosts: ['a'], networkInterface: undefined }, options);

  expect(argv.join(' ')).not.toContain('if_include');
});

test('what a job’s own options set is not set a second time', () => {
  const customOptions = ['-mca', 'btl_tcp_if_include', 'lo', '--map-by', 'node', '-x', 'A=b c'];
  const cluster = { hosts: ['a', 'b'], networkInterface: 'eth0' };

  const { argv } = createMpiCommand(cluster, { ...options, customOptions, processCount: 3 });

  expect(argv.join('|')).toContain('|-np|3|');
  expect(argv.join('|')).toContain('|--mca|oob_tcp_if_include|eth0|');
  expect(argv.filter((word) => word === 'btl_tcp_if_include')).toHaveLength(1);
  expect(argv.slice(argv.indexOf('-mca'))).toEqual([...customOptions, ...options.program]);
});
