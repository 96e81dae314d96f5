import { expect, test } from 'vitest';
import { holdBack } from './hold-back.ts';

const here = '127.0.0.1';

function hold(hosts: readonly string[], currentHost: string, needsNames: boolean) {
  const warnings: string[] = [];
  const held = holdBack(
    { hosts, currentHost },
    {
      needsNames,
      timeoutMs: 300,
      signal: new AbortController().signal,
      log: { info: () => {}, warn: (line) => warnings.push(line) },
    },
  );
  return { held, warnings };
}

test('hosts that are all found cost a program nothing', async () => {
  const { held, warnings } = hold([here, '127.0.0.2'], here, true);

  expect(await held).toBe('ready');
  expect(warnings).toEqual([]);
});

test.each([
  ['the leader', [here, 'z.invalid'], here],
  ['a host without its leader', ['0.invalid', here], here],
])('mpirun needs the names: %s fails', async (_, hosts, currentHost) => {
  await expect(hold(hosts, currentHost, true).held).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
});

test('a host that finds its leader is started by it, whomever else it cannot find', async () => {
  const { held, warnings } = hold([here, '127.0.0.2', 'z.invalid'], '127.0.0.2', true);

  expect(await held).toBe('ready');
  expect(warnings).toEqual([
    expect.stringMatching(
      /^the program starts although 1 of 3 hosts were not found within 0.3 s: z\.invalid: /,
    ),
  ]);
});
