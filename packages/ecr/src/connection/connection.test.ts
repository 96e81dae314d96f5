/** The client of AWS uses the same proxies as that of registries. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@optml/image/manifest';
import { readProxySettings } from '@optml/image/proxy';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readSmallBlob } from '../repository/read-images.ts';
import { startFakeEcr } from '../testing/fake-ecr.ts';
import { connectEcr } from './connection.ts';

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

test('whom the credentials belong to is asked of STS, through the proxy too', async () => {
  await using ecr = await startFakeEcr({ accounts: { AKIAFAKE: '210987654321' } });
  const { url, requests } = await startProxy(ecr.url);
  const connection = await connectEcr({ region: 'cn-north-1', credentials, proxy: { http: url } });
  onTestFinished(() => connection.close());

  const identity = await connection.identify({ endpoint: 'http://sts.test' });

  expect(identity).toEqual({ accountId: '210987654321', arn: 'arn:aws-cn:iam::210987654321:user/tester' });
  expect(requests).toEqual(['POST http://sts.test/']);
});

test.each([
  [{ expiredAccessKeys: ['AKIAFAKE'] }, 'us-east-1', 'CREDENTIALS_EXPIRED'],
  [{}, 'xx-nowhere-1', 'CREDENTIALS_INVALID'],
] as const)('what STS refuses is an error: %o in %s', async (options, region, code) => {
  await using ecr = await startFakeEcr(options);
  const connection = await connectEcr({ region, credentials });
  onTestFinished(() => connection.close());

  await expect(connection.identify({ endpoint: ecr.url })).rejects.toMatchObject({ code, region });
});

test('a certificate that this machine does not trust is told of, with the way to trust it', async () => {
  const pem = readFileSync(new URL('../../test/fixtures/self-signed.pem', import.meta.url));
  const server = createSecureServer({ key: pem, cert: pem });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const endpoint = `https://localhost:${(server.address() as AddressInfo).port}`;
  const connection = await connectEcr({ region: 'us-east-1', credentials, endpoint, attempts: 1 });
  onTestFinished(() => connection.close());

  await expect(connection.call('DescribeRepositories', {})).rejects.toMatchObject({
    code: 'ENDPOINT_UNREACHABLE',
    message: expect.stringMatching(
      /^DescribeRepositories in us-east-1 failed: the server that answers cannot be used \(DEPTH_ZERO_SELF_SIGNED_CERT\): .* NODE_EXTRA_CA_CERTS /,
    ),
  });
});

test('a tunnel that the proxy refuses is named as that, without the password', async () => {
  const { url, requests } = await startProxy('http://127.0.0.1:1');
  const connection = await connectEcr({
    region: 'us-east-1',
    credentials,
    proxy: readProxySettings({ https_proxy: url }),
    attempts: 1,
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

test('the login of SSO goes through the proxy, and a tunnel that it refuses is named as that', async () => {
  const { url, requests } = await startProxy('http://127.0.0.1:1');
  const home = await mkdtemp(join(tmpdir(), 'optml-sso-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const startUrl = 'https://team.awsapps.com/start';
  const cache = join(home, '.aws/sso/cache');
  await mkdir(cache, { recursive: true });
  const token = { accessToken: 'token', expiresAt: '2099-01-01T00:00:00Z' };
  await writeFile(
    join(cache, `${createHash('sha1').update(startUrl).digest('hex')}.json`),
    JSON.stringify(token),
  );
  await writeFile(
    join(home, '.aws/config'),
    `[profile sso]\nsso_start_url = ${startUrl}\nsso_region = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = team\n`,
  );
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_PROFILE', 'sso');
  onTestFinished(() => void vi.unstubAllEnvs());
  const connection = await connectEcr({
    region: 'us-east-1',
    proxy: readProxySettings({ https_proxy: url }),
    attempts: 1,
  });
  onTestFinished(() => connection.close());

  const failure = await connection.call('DescribeRepositories', {}).catch((error: Error) => error);

  expect(failure).toMatchObject({
    code: 'ENDPOINT_UNREACHABLE',
    message: expect.stringMatching(
      /the proxy refuses a tunnel to AWS \(.*403 Forbidden\): check the login in https_proxy /,
    ),
  });
  expect(requests).toEqual(['CONNECT portal.sso.eu-west-1.amazonaws.com:443']);
});

test('a config that AWS gives an address for is fetched through the proxy', async () => {
  const config = Buffer.from('{"rootfs":{}}');
  const origin = createServer(({ method }, answer) => {
    answer.end(method === 'GET' ? config : JSON.stringify({ downloadUrl: 'http://layers.test/config' }));
  });
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void origin.close());
  const { url, requests } = await startProxy(`http://127.0.0.1:${(origin.address() as AddressInfo).port}`);
  const options = { endpoint: 'http://ecr.test', region: 'us-east-1', credentials };
  const connection = await connectEcr({ ...options, proxy: { http: url } });
  onTestFinished(() => connection.close());
  const descriptor = { mediaType: '', digest: digestOf(config), size: config.length };

  const bytes = await readSmallBlob({ connection, address: { repository: 'iris' } }, descriptor);

  expect(Buffer.from(bytes)).toEqual(config);
  expect(requests).toEqual(['POST http://ecr.test/', 'GET http://layers.test/config']);
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
