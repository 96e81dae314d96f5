/** The client of AWS uses the same proxies as that of registries. */

import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readProxySettings } from '@optml/image';
import { expect, onTestFinished, test } from 'vitest';
import { connectEcr } from './connection.ts';
import { startFakeEcr } from './testing/fake-ecr.ts';

const credentials = { accessKeyId: 'AKIAFAKE', secretAccessKey: 'fake' };

/** Sends plain requests on to `origin`, and refuses tunnels. */
async function startProxy(origin: string) {
  const requests: string[] = [];
  const server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const { method, headers } = incoming;
    const onward = request(
      new URL(new URL(incoming.url ?? '').pathname, origin),
      { method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, socket) => {
    requests.push(`CONNECT ${incoming.url}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

test('ECR is reached through the proxy', async () => {
  const ecr = await startFakeEcr();
  onTestFinished(() => ecr.close());
  const { url, requests } = await startProxy(ecr.url);
  const options = { endpoint: 'http://ecr.test', region: 'us-east-1', credentials };
  const connection = await connectEcr({ ...options, proxy: { http: url } });
  onTestFinished(() => connection.close());

  const { repositories } = await connection.call('DescribeRepositories', {});

  expect(repositories).toEqual([]);
  expect(requests).toEqual(['POST http://ecr.test/']);
});

test('a tunnel that the proxy refuses is named as that, without the password', async () => {
  const { url, requests } = await startProxy('http://127.0.0.1:1');
  const connection = await connectEcr({
    region: 'us-east-1',
    credentials,
    proxy: readProxySettings({ https_proxy: url }),
    maxAttempts: 1,
  });
  onTestFinished(() => connection.close());

  const failure = await connection.call('DescribeRepositories', {}).catch((error: Error) => error);

  expect(failure).toMatchObject({
    code: 'ENDPOINT_UNREACHABLE',
    message: expect.stringMatching(
      /the proxy refuses a tunnel to AWS \(.*403 Forbidden\): check the login in https_proxy /,
    ),
  });
  expect((failure as Error).message).not.toContain('secret');
  expect(requests).toEqual(['CONNECT api.ecr.us-east-1.amazonaws.com:443']);
});

test('this machine is reached directly, and what is not the address of a proxy is refused', async () => {
  const ecr = await startFakeEcr();
  onTestFinished(() => ecr.close());
  const options = { endpoint: ecr.url, region: 'us-east-1', credentials };
  const connection = await connectEcr({ ...options, proxy: { http: 'http://127.0.0.1:1' } });
  onTestFinished(() => connection.close());

  expect(await connection.call('DescribeRepositories', {})).toMatchObject({ repositories: [] });
  await expect(connectEcr({ ...options, proxy: { https: 'socks5://a:1' } })).rejects.toMatchObject({
    code: 'PROXY_INVALID',
    message: expect.stringContaining('HTTPS_PROXY is "socks5://a:1"'),
  });
});
