import { expect, test } from 'vitest';
import { startAhead } from './start-ahead.ts';
import type { HostOptions, StartHost, WorkerHost } from './worker-host.ts';
import type { FromWorker } from './worker-messages.ts';

const options = { maximumHeapMiB: 64 } as HostOptions;
const stage = (name: string) => ({ type: 'stage', stage: name }) as unknown as FromWorker;

function createStarts() {
  const senders: ((message: FromWorker) => void)[] = [];
  const start: StartHost = (_options, receive) => {
    senders.push(receive);
    return { number: senders.length } as unknown as WorkerHost;
  };
  return { senders, start };
}

test('a worker is started at once, handed over once, and followed by others', () => {
  const { senders, start } = createStarts();

  const startHost = startAhead(start, options);
  const startedAtOnce = senders.length;
  const hosts = [1, 2, 3].map(() => startHost(options, () => undefined));

  expect(startedAtOnce).toBe(1);
  expect(hosts).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
});

test('what it says before it is handed over is heard after that, in order', async () => {
  const { senders, start } = createStarts();
  const startHost = startAhead(start, options);
  const heard: FromWorker[] = [];
  senders[0]?.(stage('import'));
  senders[0]?.(stage('load'));

  startHost(options, (message) => heard.push(message));
  const heardAtOnce = [...heard];
  await Promise.resolve();
  senders[0]?.(stage('sample'));

  expect(heardAtOnce).toEqual([]);
  expect(heard).toEqual([stage('import'), stage('load'), stage('sample')]);
});
