import { expect, test } from 'vitest';
import { waitForPeerNames } from './wait-for-peer-names.ts';

const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), {
  code: 'ENOTFOUND',
  syscall: 'getaddrinfo',
});

function createHosts(isKnown: (host: string, lines: readonly string[]) => boolean) {
  const lines: string[] = [];
  const stop = new AbortController();
  return {
    lines,
    stop,
    options: {
      timeoutMs: 60_000,
      firstReportMs: 1,
      reportEveryMs: 1,
      signal: stop.signal,
      log: { info: (line: string) => lines.push(line) },
      resolveName: async (host: string) => {
        if (!isKnown(host, lines)) throw unknown;
      },
    },
  };
}

test('names that resolve at once are not mentioned', async () => {
  const { lines, options } = createHosts(() => true);

  expect(await waitForPeerNames(['algo-2', 'algo-3'], { ...options, firstReportMs: 60_000 })).toEqual([]);
  expect(lines).toEqual([]);
});

test('missing hosts are named again and again until all are there', async () => {
  const { lines, options } = createHosts((host, said) => {
    if (host === 'algo-2') return said.length > 1;
    return host === 'algo-1' || said.some((line) => !line.includes('algo-2'));
  });

  expect(await waitForPeerNames(['algo-1', 'algo-2', 'algo-3'], options)).toEqual([]);

  const missing = 'its name does not resolve (DNS: ENOTFOUND)';
  expect(lines).toContain(`waiting up to 60 s for other hosts: algo-2: ${missing}; algo-3: ${missing}`);
  expect(lines.at(-1)).toBe(`waiting up to 60 s for other hosts: algo-3: ${missing}`);
});

test('when the time is up those that are missing are the result', async () => {
  const { options } = createHosts((host) => host === 'algo-2');

  expect(await waitForPeerNames(['algo-2', 'algo-3'], { ...options, timeoutMs: 50 })).toEqual([
    { host: 'algo-3', problem: 'its name does not resolve (DNS: ENOTFOUND)' },
  ]);
});

test('a stop ends the wait at once, also while a name server does not answer', async () => {
  const { stop, options } = createHosts(() => false);
  const waiting = waitForPeerNames(['algo-2'], {
    ...options,
    resolveName: () => {
      stop.abort('SIGTERM');
      return new Promise(() => {});
    },
  });

  await expect(waiting).rejects.toBe('SIGTERM');
});
