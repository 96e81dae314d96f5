/** Streams to clients of other languages and kinds. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startReadyServer } from './start-server.ts';

const run = promisify(execFile);
const steps = '["steps", "a", "b"]';
const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };

test('http.client of Python reads a line at a time, and raises when a reply is cut off', async () => {
  const { server } = await startReadyServer('streams', { isolation: 'inline' });
  const program = `
import http.client, sys
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]))
def ask(body):
    connection.request('POST', '/invocations', body, {'Content-Type': 'application/json', 'Accept': 'application/jsonlines'})
    return connection.getresponse()
print([line for line in ask('["count", "3"]')])
try:
    ask('["fail", "3"]').read()
except http.client.IncompleteRead as error:
    print(error.partial)
`;

  const { stdout } = await run('python3', ['-c', program, String(server.port)]);

  expect(stdout).toBe(`[b'0\\n', b'1\\n', b'2\\n']\nb'"xxx"\\n'\n`);
});

test('fetch reads pieces as they come, and fails when a reply is cut off', async () => {
  const { tell, invoke } = await startReadyServer('streams', { isolation: 'process' });
  const pieces: string[] = [];

  const reply = await invoke(steps, headers);
  for await (const piece of reply.body as ReadableStream<Uint8Array>) {
    pieces.push(new TextDecoder().decode(piece));
    tell(`after ${pieces.length === 1 ? 'a' : 'b'}`);
  }
  const cut = await invoke('["fail", "3"]', headers);

  expect(pieces).toEqual(['data: a\n\n', 'data: b\n\n']);
  await expect(cut.text()).rejects.toThrow('terminated');
});
