/**
 * One host of a test cluster: opens the link, does what the lines on standard input say, and tells on standard
 * output, as lines of JSON, what came of it.
 */

import { createInterface } from 'node:readline';
import { describeCluster } from '../../src/cluster/cluster.ts';
import { createCluster } from '../../src/cluster/create-cluster.ts';
import { createClusterLink } from '../../src/cluster/link/create-cluster-link.ts';
import type { HostCommand, HostEvent, HostSettings } from './host-words.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as HostSettings;
const tell = (event: HostEvent) => process.stdout.write(`${JSON.stringify(event)}\n`);
const stop = new AbortController();
const link = createClusterLink({
  ...settings,
  signal: stop.signal,
  log: { info: () => {}, warn: (message) => tell({ event: 'warned', message }) },
});
link.failure.addEventListener('abort', () =>
  tell({ event: 'aborted', message: link.failure.reason.message }),
);
const facts = describeCluster({ current_host: settings.currentHost, hosts: [...settings.hosts] });
const cluster = await createCluster(facts, {
  link,
  paths: { model: `${settings.directory}/model`, outputData: `${settings.directory}/output/data` },
  signal: stop.signal,
});
tell({ event: 'opened' });

const lines = createInterface({ input: process.stdin });
// Commands run side by side, so that a host can be told to fail while it waits.
lines.on('line', (line) => {
  obey(JSON.parse(line) as HostCommand).then(
    (value) => tell({ event: 'done', command: line, value }),
    ({ code, message }) => tell({ event: 'refused', command: line, code, message }),
  );
});

async function obey(command: HostCommand): Promise<unknown> {
  switch (command.do) {
    case 'wait':
      return cluster.waitForPeers(command);
    case 'barrier':
      return cluster.barrier(command.name, command);
    case 'broadcast':
      return cluster.broadcast(command.name, command.value);
    case 'lead':
      return cluster.onLeader(() => {
        if (command.error !== undefined) throw new Error(command.error);
        return command.value;
      }, command);
    case 'block': {
      const until = performance.now() + command.forMs;
      while (performance.now() < until);
      return undefined;
    }
    case 'tell-time':
      return Date.now();
    case 'fail':
      await link.reportFailure(command.cause);
      return end();
    case 'leave':
      await link.leave();
      return end();
    case 'stop':
      return stop.abort(new DOMException('the job was asked to stop', 'AbortError'));
  }
}

/** After the answer is told, nothing keeps the process but what a link that was not closed would leave open. */
function end(): void {
  lines.close();
  process.stdin.destroy();
}
