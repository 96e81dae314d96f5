/** How much the server takes on, and what becomes of what it does not. */

import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { readReply, startReadyServer } from './start-server.ts';

const octets = { 'content-type': 'application/octet-stream' };

test.each(['worker', 'inline'] as const)(
  'what is beyond the bound by count is 503 with Retry-After, and ping stays 200 (%s)',
  async (isolation) => {
    const { server, tell, heard, invoke } = await startReadyServer('commands', {
      isolation,
      limits: { pendingInvocations: 2 },
    });
    const held = [invoke('["hold", "a"]'), invoke('["hold", "b"]')];
    await Promise.all([heard('holding a'), heard('holding b')]);

    const refused = await invoke('["c"]');
    const ping = await fetch(`${server.url}/ping`);
    for (const id of ['a', 'b']) tell(`release ${id}`);
    await Promise.all(held);
    const later = await invoke('["d"]');

    const { error } = await readReply(refused);
    expect([refused.status, refused.headers.get('retry-after'), error.code]).toEqual([
      503,
      '1',
      'QUEUE_FULL',
    ]);
    expect([ping.status, later.status]).toEqual([200, 200]);
  },
);

test('what is beyond the bound by bytes is 503 until there is room again', async () => {
  const { tell, heard, invoke } = await startReadyServer('commands', { limits: { pendingBytes: 1_000 } });
  const held = invoke(`["hold", "a"]${' '.repeat(600)}`);
  await heard('holding a');

  const refused = await invoke(`["b"]${' '.repeat(600)}`);
  const small = await invoke('["c"]');
  tell('release a');
  await held;
  const later = await invoke(`["d"]${' '.repeat(600)}`);

  expect([refused.status, (await readReply(refused)).error.code]).toEqual([503, 'QUEUE_FULL']);
  expect([small.status, later.status]).toEqual([200, 200]);
});

test('a slow client does not hold a place', async () => {
  const { server, invoke } = await startReadyServer('commands', { limits: { pendingInvocations: 1 } });
  const slow = connect(server.port, '127.0.0.1');
  slow.write(
    'POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n["s',
  );
  await once(slow, 'ready');

  const reply = await invoke('["fast"]');
  slow.write('low"]');
  const [answer] = await once(slow, 'data');
  slow.destroy();

  expect(reply.status).toBe(200);
  expect(String(answer)).toMatch(/^HTTP\/1.1 200/);
});

test('an invocation whose client left before its turn is never begun', async () => {
  const { heard, invoke, messages } = await startReadyServer('commands');
  const first = invoke('["block", "300"]');
  await heard('started block');
  const leaving = new AbortController();
  const left = invoke('["left"]', undefined, { signal: leaving.signal }).catch(() => 'left');

  leaving.abort();
  await left;
  const replies = await Promise.all([first, invoke('["last"]')]);

  expect(replies.map(({ status }) => status)).toEqual([200, 200]);
  expect(messages()).not.toContain('started left');
});

test('an invocation that waits longer than its deadline is 504 and never begun', async () => {
  const { heard, invoke, messages } = await startReadyServer('commands', { limits: { invocationMs: 300 } });
  const first = invoke('["block", "900"]');
  await heard('started block');

  const waiting = await invoke('["waiting"]');
  await first;

  const { error } = await readReply(waiting);
  expect([waiting.status, error.code]).toEqual([504, 'INVOCATION_TIMEOUT']);
  expect(error.message).toContain('or raise the limit: SAGEMAKER_MODEL_SERVER_TIMEOUT');
  expect(messages()).not.toContain('started waiting');
});

test('a large body waits on disk, takes no memory from others, and leaves nothing behind', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'optml-spill-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { heard, tell, invoke } = await startReadyServer('commands', {
    limits: { spill: { directory, aboveBytes: 10_000 }, pendingBytes: 20_000 },
  });
  const large = invoke(`["hold", "a"]${' '.repeat(5_000_000)}`);
  await heard('holding a');

  const files = await readdir(directory);
  const small = await invoke(`["b"]${' '.repeat(9_000)}`);
  tell('release a');
  const reply = await large;

  expect(files).toHaveLength(1);
  expect([small.status, reply.status]).toEqual([200, 200]);
  while ((await readdir(directory)).length > 0) await pause(5);
});

test.each(['worker', 'inline'] as const)(
  'a body that went to disk is the same bytes (%s)',
  async (isolation) => {
    const directory = await mkdtemp(join(tmpdir(), 'optml-spill-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const { invoke } = await startReadyServer('echo', {
      isolation,
      limits: { spill: { directory, aboveBytes: 1_000 } },
    });
    const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 251);

    const reply = await invoke(bytes, octets);

    expect(Buffer.compare(new Uint8Array(await reply.arrayBuffer()), bytes)).toBe(0);
  },
);

test('a body that is gone from disk when its turn comes is 500, and the log says why', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'optml-spill-'));
  const { heard, invoke, lines, modelDirectory } = await startReadyServer('commands', {
    limits: { spill: { directory, aboveBytes: 1_000 } },
  });
  const first = invoke('["busy"]');
  await heard('started busy');
  const stored = invoke(`["stored"]${' '.repeat(5_000)}`);
  while ((await readdir(directory)).length === 0) await pause(5);

  await rm(directory, { recursive: true });
  await writeFile(`${modelDirectory}/flag`, '');
  const reply = await stored;
  await first;

  expect([reply.status, (await readReply(reply)).error.code]).toEqual([500, 'BODY_NOT_STORED']);
  expect(lines.at(-1)).toMatchObject({ level: 'error', fields: { code: 'BODY_NOT_STORED' } });
  expect(lines.at(-1)?.fields.reason).toMatch(/reading a body back .* ENOENT/);
});

test('a body that cannot be stored is 500, and the server goes on', async () => {
  const { invoke } = await startReadyServer('echo', {
    limits: { spill: { directory: '/nowhere/at/all', aboveBytes: 1_000 } },
  });

  const reply = await invoke(new Uint8Array(100_000), octets);
  const later = await invoke('[1]');

  expect([reply.status, (await readReply(reply)).error.code]).toEqual([500, 'BODY_NOT_STORED']);
  expect(later.status).toBe(200);
});

test('a client that leaves in the middle of a large body leaves no file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'optml-spill-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { server } = await startReadyServer('echo', { limits: { spill: { directory, aboveBytes: 1_000 } } });
  const socket = connect(server.port, '127.0.0.1');
  socket.write(
    'POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\ncontent-length: 999999\r\n\r\n',
  );
  socket.write('1'.repeat(100_000));
  while ((await readdir(directory)).length === 0) await pause(5);

  socket.destroy();

  while ((await readdir(directory)).length > 0) await pause(5);
  expect((await fetch(`${server.url}/ping`)).status).toBe(200);
});
