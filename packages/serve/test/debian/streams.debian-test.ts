/** Streams to curl, and through nginx, which gathers replies unless it is told not to. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startReadyServer } from '../start-server.ts';
import { ask, readAll } from '../stream-client.ts';
import { connect } from '../web-socket-client.ts';

const run = promisify(execFile);
const steps = '["steps", "a", "b"]';
const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };

test('curl prints each event as it arrives, and says so when a reply is cut off', async () => {
  const { server, tell } = await startReadyServer('streams');
  const words = [
    '--silent',
    '--no-buffer',
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
  ];
  const curl = spawn('curl', [...words, '--data', steps, `${server.url}/invocations`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

  const [first] = await once(curl.stdout, 'data');
  tell('after a');
  const [second] = await once(curl.stdout, 'data');
  tell('after b');
  const [exitCode] = await once(curl, 'exit');
  const cut = await run('curl', [...words, '--data', '["fail", "3"]', `${server.url}/invocations`]).catch(
    (error) => error,
  );

  expect([String(first), String(second), exitCode]).toEqual(['data: a\n\n', 'data: b\n\n', 0]);
  // "transfer closed with outstanding read data remaining"
  expect([cut.code, cut.stdout]).toEqual([18, 'data: xxx\n\n']);
});

/** Gives the address of an nginx in front of a server. */
async function startNginx(url: string, settings: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'optml-nginx-'));
  await mkdir(join(folder, 'logs'));
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const configuration = `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http { access_log off; ${paths.join(' ')}
  server { listen 127.0.0.1:${port}; location / { proxy_pass ${url}; ${settings} } } }`;
  await writeFile(join(folder, 'nginx.conf'), configuration);
  const nginx = spawn('nginx', ['-p', folder, '-c', `${folder}/nginx.conf`], { stdio: 'ignore' });
  onTestFinished(async () => {
    nginx.kill();
    await once(nginx, 'exit');
    await rm(folder, { recursive: true });
  });
  const address = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(`${address}/ping`).then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(isUp, { timeout: 10_000 }).toBe(200);
  return address;
}

test.each([
  'proxy_buffering on;',
  'proxy_buffering on; proxy_http_version 1.1;',
  'proxy_buffering off; proxy_http_version 1.1;',
])('nginx passes items on at once, and cuts off what is cut off (%s)', async (settings) => {
  const { server, tell } = await startReadyServer('streams', { isolation: 'inline' });
  const address = await startNginx(server.url, settings);

  const reply = await ask(address, '["steps", "a", "b"]');
  const [first] = await once(reply, 'data');
  tell('after a');
  const [second] = await once(reply, 'data');
  tell('after b');
  await once(reply.resume(), 'end');
  const cut = await readAll(await ask(address, '["fail", "3"]'));

  expect([String(first), String(second)]).toEqual(['"a"\n', '"b"\n']);
  expect(cut.isWhole).toBe(false);
});

test('nginx passes messages on both ways', async () => {
  const { server } = await startReadyServer('bidirectional', { isolation: 'inline' });
  const upgrade = 'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';
  const address = await startNginx(server.url, `proxy_http_version 1.1; ${upgrade}`);

  const { send, next, closed } = await connect(address);
  send('echo through nginx');
  const answer = await next();
  send('end');

  expect([answer, await closed]).toEqual(['through nginx', [1000, '']]);
});
