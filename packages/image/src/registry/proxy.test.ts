/** Requests go through the proxy that the variables name, but never those to this machine or to the metadata of AWS. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, BlockList, type LookupFunction } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startFakeRegistry } from '../../test/start-fake-registry.ts';
import { startProxy } from '../../test/start-proxy.ts';
import { createRegistry } from './create-registry.ts';
import {
  adviseOnCertificate,
  adviseOnTunnel,
  createConnections,
  describeProxy,
  readProxySettings,
} from './proxy.ts';

/** Whether a request to `host` reaches the proxy. */
async function goesThrough(host: string, except: string | undefined): Promise<boolean> {
  const fake = await startFakeRegistry();
  const proxy = await startProxy(`http://${fake.host}`);
  const { http: agent } = createConnections({ http: proxy.url, except });
  // No packet leaves this machine: a name is not looked up, and an address elsewhere is not connected to.
  const blockList = new BlockList();
  blockList.addSubnet('10.0.0.0', 8);
  blockList.addSubnet('169.254.0.0', 16);
  const lookup: LookupFunction = (_, __, done) => done(new Error('nowhere'), []);
  const options = { agent, lookup, blockList };
  await new Promise<void>((resolve) => {
    const outgoing = request(`http://${host}/v2/`, options, (answer) => {
      answer.resume();
      resolve();
    });
    // A direct request fails.
    outgoing.on('error', () => resolve());
    outgoing.end();
  });
  agent.destroy();
  return proxy.requests.length > 0;
}

test('a registry is reached through the proxy, with its login', async () => {
  const fake = await startFakeRegistry();
  const proxy = await startProxy(`http://${fake.host}`);
  const registry = createRegistry({ host: 'registry.test', scheme: 'http', proxy: { http: proxy.url } });

  expect(await registry.readManifest('1', { repository: 'app' })).toBeUndefined();

  expect(proxy.requests).toEqual(['GET http://registry.test/v2/app/manifests/1 user:secret']);
});

test('a registry of https is reached by a tunnel', async () => {
  const proxy = await startProxy('http://127.0.0.1:1');
  const registry = createRegistry({ host: 'registry.test', attempts: 1, proxy: { https: proxy.url } });

  await expect(registry.readManifest('1', { repository: 'app' })).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining(`and the proxy (https through ${proxy.url.replace('secret', '***')})`),
  });

  expect(proxy.requests).toEqual(['CONNECT registry.test:443 user:secret']);
  // A handshake of TLS begins so.
  expect(proxy.tunnelled[0]?.[0]).toBe(0x16);
});

test.each(['407 Proxy Authentication Required', '403 Forbidden'])(
  'a tunnel that is refused with %s is named as that',
  async (refusal) => {
    const proxy = await startProxy('http://127.0.0.1:1', refusal);
    const registry = createRegistry({ host: 'registry.test', proxy: { https: proxy.url } });

    const failure = await registry.readManifest('1', { repository: 'app' }).catch((error: Error) => error);

    expect(failure).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringMatching(
        new RegExp(
          `^cannot .*: the proxy refuses a tunnel to the registry registry.test \\(.*${refusal}\\): check the login`,
        ),
      ),
    });
    expect((failure as Error).message).not.toContain('secret');
  },
);

describe('what is reached directly', () => {
  test.each([
    ['127.0.0.1:1', undefined],
    ['127.9.9.9:1', undefined],
    ['localhost:1', undefined],
    ['[::1]:1', undefined],
    ['169.254.0.1:1', undefined],
    ['registry.test', 'registry.test'],
    ['a.registry.test', 'other.test, registry.test'],
    ['a.registry.test', '.registry.test'],
    ['a.registry.test', '*.registry.test'],
    ['registry.test', '*'],
    ['10.0.0.7', '10.0.0.0/29'],
    ['10.0.0.7:1', '10.0.0.7'],
  ])('%s with NO_PROXY=%s', async (host, except) => {
    expect(await goesThrough(host, except)).toBe(false);
  });

  test.each([
    ['registry.test', undefined],
    ['registry.test', 'other.test'],
    ['notregistry.test', 'registry.test'],
    ['10.0.0.8', '10.0.0.0/29'],
    ['registry.test', ''],
  ])('is not %s with NO_PROXY=%s', async (host, except) => {
    expect(await goesThrough(host, except)).toBe(true);
  });
});

test('a certificate that this machine does not trust is told of, with the way to trust it', async () => {
  const pem = readFileSync(new URL('../../test/fixtures/self-signed.pem', import.meta.url));
  const server = createServer({ key: pem, cert: pem }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const host = `localhost:${(server.address() as AddressInfo).port}`;

  await expect(
    createRegistry({ host, scheme: 'https' }).readManifest('1', { repository: 'app' }),
  ).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringMatching(
      /^cannot read the image app:1: the registry localhost:\d+ cannot be used \(DEPTH_ZERO_SELF_SIGNED_CERT\): its certificate is not trusted: .* NODE_EXTRA_CA_CERTS /,
    ),
  });
});

test.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'NODE_EXTRA_CA_CERTS'],
  ['CERT_HAS_EXPIRED', 'check the clock'],
  ['CERT_NOT_YET_VALID', 'check the clock'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another host'],
])('%s is advised on', (code, advice) => {
  expect(adviseOnCertificate(code)).toContain(advice);
  expect(adviseOnCertificate('ECONNRESET')).toBeUndefined();
});

test.each([
  [{ HTTPS_PROXY: 'http://a:1', http_proxy: 'b:2' }, 'https through http://a:1, http through b:2'],
  [{ HTTPS_PROXY: 'http://upper', https_proxy: 'http://lower' }, 'https through http://lower'],
  [{ https_proxy: 'http://u:p@ss@a:1', no_proxy: 'x' }, 'https through http://u:***@a:1, except x'],
  [{ HTTPS_PROXY: 'u:secret@a:1' }, 'https through u:***@a:1'],
  [{ HTTPS_PROXY: '', NO_PROXY: 'x' }, undefined],
  [{}, undefined],
])('%j is said as %j', (environment, said) => {
  expect(describeProxy(readProxySettings(environment))).toBe(said);
});

test.each([
  [
    { https_proxy: 'x' },
    'check the login in https_proxy and what the proxy allows, or name the host in no_proxy',
  ],
  [
    { HTTPS_PROXY: 'x' },
    'check the login in HTTPS_PROXY and what the proxy allows, or name the host in NO_PROXY',
  ],
  [
    { HTTPS_PROXY: 'x', https_proxy: '', no_proxy: 'y' },
    'in HTTPS_PROXY and what the proxy allows, or name the host in no_proxy',
  ],
  [{}, 'in HTTPS_PROXY and what the proxy allows, or name the host in NO_PROXY'],
])('with %j set, the advice names those variables', (environment, advice) => {
  expect(adviseOnTunnel(readProxySettings(environment))).toContain(advice);
});

test.each(['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'])(
  'what is wrong in %s is named so',
  (name) => {
    expect(() => createConnections(readProxySettings({ [name]: 'socks5://a:1' }))).toThrow(
      `${name} is "socks5://a:1": expected`,
    );
  },
);

test.each(['socks5://a:1', 'http://', 'http://u:secret@'])(
  'the proxy %s is refused, without its password',
  (https) => {
    expect(() => createConnections({ https })).toThrow(
      expect.objectContaining({
        code: 'PROXY_INVALID',
        message: expect.stringMatching(/^HTTPS_PROXY is "(?!.*secret).*expected the address of a proxy/),
      }),
    );
  },
);
