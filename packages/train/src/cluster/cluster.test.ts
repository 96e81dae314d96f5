import { expect, test } from 'vitest';
import { describeCluster } from './cluster.ts';

test('ranks follow the sorted names, whatever order the platform gives', () => {
  const cluster = describeCluster({ current_host: 'algo-2', hosts: ['algo-2', 'algo-10', 'algo-1'] });

  expect(cluster).toMatchObject({
    hosts: ['algo-1', 'algo-10', 'algo-2'],
    rank: 2,
    isLeader: false,
    groups: [],
  });
});

test('instance groups and topology are passed on', () => {
  const cluster = describeCluster({
    current_host: 'a',
    hosts: ['a'],
    current_group_name: 'g',
    instance_groups: [{ instance_group_name: 'g', instance_type: 'ml.c5.xlarge', hosts: ['a'] }],
    topology: [{ any: 'thing' }],
  });

  expect(cluster).toMatchObject({
    isLeader: true,
    groupName: 'g',
    groups: [{ name: 'g', instanceType: 'ml.c5.xlarge', hosts: ['a'] }],
    topology: [{ any: 'thing' }],
  });
});
