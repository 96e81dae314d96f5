/** A registry that works, and one that does all it can not to. */

import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { amd64, makeFolder, makeImage, readAll } from '../../test/make-folder.ts';
import { digestOf, type FakeRegistry, refuse, startFakeRegistry } from '../../test/start-fake-registry.ts';
import { streamOnce } from '../image/assemble-manifest.ts';
import type { ImageBlob } from '../image/image.ts';
import { mediaTypes } from '../image/media-types.ts';
import { pushImage } from '../sinks/push-image.ts';
import { createRegistry } from './create-registry.ts';

const large = Buffer.alloc(2_000_000, 'layer');

function toBlob(bytes: Uint8Array): ImageBlob {
  const descriptor = { mediaType: mediaTypes.docker.gzip, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, open: () => streamOnce(bytes) };
}

/** Lets the first `count` requests that fit run into the fault. */
function failFirst(count: number, method: string, fault: FakeRegistry['fault']): FakeRegistry['fault'] {
  let left = count;
  return (request, response) => request.method === method && left-- > 0 && fault(request, response);
}

test('an image that was pushed is read back, and a second push sends no layer', async () => {
  const fake = await startFakeRegistry();
  const registry = createRegistry({ host: fake.host });
  const image = await makeImage();
  const folder = await makeFolder();

  const { manifest } = await pushImage(image, { registry, repository: 'team/app', tags: ['1'] });
  const uploads = fake.requests.filter((request) => request.startsWith('POST')).length;
  await pushImage(image, { registry, repository: 'team/app', tags: ['2'] });
  const back = await registry.readImage('2', {
    repository: 'team/app',
    platform: amd64,
    layerDirectory: folder,
  });

  expect(registry.scheme).toBe('http');
  expect(uploads).toBe(image.layers.length + 1);
  expect(fake.requests.filter((request) => request.startsWith('POST')).length).toBe(uploads + 1);
  expect(fake.manifests.get('2')?.mediaType).toBe(mediaTypes.docker.manifest);
  expect(digestOf(fake.manifests.get('1')?.bytes as Buffer)).toBe(manifest.digest);
  expect(back.config).toEqual(image.config);
  for (const layer of back.layers) {
    expect(digestOf(await readAll(layer.open()))).toBe(layer.diffId);
    expect(layer.origin).toEqual({ host: fake.host, repository: 'team/app' });
  }
});

test.each([
  [
    'answers with status 500',
    (_: unknown, response: Parameters<FakeRegistry['fault']>[1]) => !!response.writeHead(500).end(),
  ],
  [
    'asks to come back later',
    (_: unknown, response: Parameters<FakeRegistry['fault']>[1]) => {
      refuse(response, 429, 'TOOMANYREQUESTS', { 'retry-after': '0' });
      return true;
    },
  ],
  ['drops the connection', (request: Parameters<FakeRegistry['fault']>[0]) => !!request.socket.destroy()],
])('an upload to a registry that %s begins anew, in a session of its own', async (_, fault) => {
  const fake = await startFakeRegistry();
  fake.fault = failFirst(2, 'PUT', fault);

  await createRegistry({ host: fake.host }).putBlob(toBlob(large), { repository: 'app' });

  expect(fake.blobs.get(digestOf(large))?.length).toBe(large.length);
  expect(fake.requests.filter((request) => request.startsWith('POST')).length).toBe(3);
  const sessions = fake.requests.filter((request) => request.startsWith('PUT'));
  expect(new Set(sessions).size).toBe(3);
});

test('an upload that is cut at any byte begins anew', async () => {
  const fake = await startFakeRegistry();
  const cuts = [1, 70_000, 1_500_000];
  fake.fault = failFirst(cuts.length, 'PUT', async (request) => {
    const cut = cuts.shift() as number;
    const { socket } = request;
    let read = 0;
    for await (const chunk of request) {
      read += chunk.length;
      if (read >= cut) break;
    }
    socket.destroy();
    return true;
  });

  await createRegistry({ host: fake.host }).putBlob(toBlob(large), { repository: 'app' });

  expect(fake.blobs.get(digestOf(large))?.length).toBe(large.length);
});

test('a download that is cut goes on where it ended', async () => {
  const fake = await startFakeRegistry();
  const { descriptor } = toBlob(large);
  fake.blobs.set(descriptor.digest, large);
  const ranges: (string | undefined)[] = [];
  fake.fault = (request, response) => {
    ranges.push(request.headers.range);
    if (ranges.length > 1) return false;
    response.writeHead(200, { 'content-length': large.length });
    response.write(large.subarray(0, 600_000), () => request.socket.destroy());
    return true;
  };

  const read = await readAll(createRegistry({ host: fake.host }).openBlob(descriptor, { repository: 'app' }));

  expect(read.equals(large)).toBe(true);
  expect(ranges.length).toBe(2);
  expect(ranges[1]).toMatch(/^bytes=\d+-$/);
});

test.each([
  ['other bytes', Buffer.alloc(large.length, 'other'), 'has the digest'],
  ['more bytes', Buffer.concat([large, large]), 'is longer than'],
  ['fewer bytes', large.subarray(1), 'ends after'],
])('a registry that gives %s than it says is found out', async (_, bytes, what) => {
  const fake = await startFakeRegistry();
  const { descriptor } = toBlob(large);
  fake.blobs.set(descriptor.digest, bytes);

  await expect(
    readAll(createRegistry({ host: fake.host }).openBlob(descriptor, { repository: 'app' })),
  ).rejects.toMatchObject({
    code: 'BLOB_MISMATCH',
    message: expect.stringContaining(what),
  });
});

test('a manifest that is not what its digest says is refused, by reference and by header', async () => {
  const fake = await startFakeRegistry();
  const registry = createRegistry({ host: fake.host, attempts: 1 });
  const asked = digestOf(Buffer.from('another'));
  fake.manifests.set(asked, { bytes: Buffer.from('{}'), mediaType: mediaTypes.docker.manifest });
  await expect(registry.readManifest(asked, { repository: 'app' })).rejects.toMatchObject({
    code: 'BLOB_MISMATCH',
    digest: asked,
  });

  fake.fault = (_, response) => !!response.writeHead(200, { 'docker-content-digest': asked }).end('{}');
  await expect(registry.readManifest('1', { repository: 'app' })).rejects.toMatchObject({
    code: 'BLOB_MISMATCH',
    digest: asked,
  });
});

test('credentials are sent to the registry, and never to the host that it redirects to', async () => {
  const fake = await startFakeRegistry();
  const other = await startFakeRegistry();
  const { descriptor } = toBlob(large);
  other.blobs.set(descriptor.digest, large);
  fake.fault = (request, response) => {
    if (request.headers.authorization === undefined)
      refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="r"' });
    else response.writeHead(307, { location: `http://${other.host}${request.url}` }).end();
    return true;
  };
  const credentials = async () => ({ username: 'AWS', password: 'secret' });

  const read = await readAll(
    createRegistry({ host: fake.host, credentials }).openBlob(descriptor, { repository: 'app' }),
  );

  expect(read.equals(large)).toBe(true);
  expect(fake.authorizations).toEqual([undefined, `Basic ${Buffer.from('AWS:secret').toString('base64')}`]);
  expect(other.authorizations).toEqual([undefined]);
});

test('an upload goes to the place that the registry names, without credentials when that is another host', async () => {
  const fake = await startFakeRegistry();
  const other = await startFakeRegistry();
  fake.fault = (request, response) => {
    if (request.headers.authorization === undefined)
      refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="r"' });
    else response.writeHead(202, { location: `http://${other.host}/upload/1?state=b` }).end();
    return true;
  };
  const credentials = async () => ({ username: 'AWS', password: 'secret' });

  await createRegistry({ host: fake.host, credentials }).putBlob(toBlob(large), { repository: 'app' });

  expect(other.blobs.has(digestOf(large))).toBe(true);
  expect(other.authorizations).toEqual([undefined]);
});

test('a redirect without end, and one to something that is not http, are refused', async () => {
  const fake = await startFakeRegistry();
  const registry = createRegistry({ host: fake.host });
  fake.fault = (request, response) => !!response.writeHead(302, { location: `${request.url}` }).end();
  await expect(registry.readManifest('1', { repository: 'app' })).rejects.toMatchObject({
    code: 'REGISTRY_REFUSED',
    message: expect.stringContaining('too many redirects'),
  });

  fake.fault = (_, response) => !!response.writeHead(302, { location: 'file:///etc/passwd' }).end();
  await expect(registry.readManifest('1', { repository: 'app' })).rejects.toMatchObject({
    code: 'REGISTRY_REFUSED',
  });
});

test('a token is fetched where the registry says, for the scope that it says, and used again', async () => {
  const fake = await startFakeRegistry();
  fake.manifests.set('1', { bytes: Buffer.from('{}'), mediaType: mediaTypes.docker.manifest });
  const asked: string[] = [];
  fake.fault = (request, response) => {
    if (request.url?.startsWith('/token')) {
      asked.push(`${request.url} ${request.headers.authorization}`);
      response.end(JSON.stringify({ token: 'abc' }));
      return true;
    }
    if (request.headers.authorization === 'Bearer abc') return false;
    const challenge = `Bearer realm="http://${fake.host}/token",service="s",scope="repository:app:pull"`;
    refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
    return true;
  };
  const registry = createRegistry({
    host: fake.host,
    credentials: async () => ({ username: 'me', password: 'pw' }),
  });

  await registry.readManifest('1', { repository: 'app' });
  await registry.readManifest('1', { repository: 'app' });

  expect(asked).toEqual(['/token?service=s&scope=repository%3Aapp%3Apull Basic bWU6cHc=']);
});

test('an identity token is exchanged at the token server, and named where there is none', async () => {
  const fake = await startFakeRegistry();
  const asked: string[] = [];
  let challenge = `Bearer realm="http://${fake.host}/token",service="s"`;
  fake.fault = async (request, response) => {
    if (request.url === '/token') {
      asked.push(`${request.method} ${(await readAll(request)).toString()}`);
      response.end(JSON.stringify({ access_token: 'abc' }));
      return true;
    }
    if (request.headers.authorization === 'Bearer abc') return false;
    refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
    return true;
  };
  const credentials = async () => ({ identityToken: 'refresh' });

  await createRegistry({ host: fake.host, credentials }).readManifest('1', { repository: 'app' });
  challenge = 'Basic realm="r"';
  const refused = createRegistry({ host: fake.host, credentials }).readManifest('1', { repository: 'app' });

  expect(asked).toEqual([
    'POST grant_type=refresh_token&client_id=optml&refresh_token=refresh&service=s&scope=repository%3Aapp%3Apull',
  ]);
  await expect(refused).rejects.toMatchObject({
    code: 'REGISTRY_UNAUTHORIZED',
    message: expect.stringContaining('the login is an identity token: log in again'),
  });
});

test('a registry that speaks plain http is named as that, with the way to allow it', async () => {
  const { host } = await startFakeRegistry();

  await expect(
    createRegistry({ host, scheme: 'https' }).readManifest('1', { repository: 'app' }),
  ).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: `cannot read the image app:1: the registry ${host} speaks plain http, not https: if that is intended, allow it (--plain-http ${host})`,
  });
});

test('a login that expires during an upload is renewed, and one that stays refused is told', async () => {
  const fake = await startFakeRegistry();
  let current = 'old';
  fake.fault = (request, response) => {
    const password = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
      .toString()
      .slice(4);
    if (request.method === 'PUT' && current === 'old') current = 'new';
    if (password === current) return false;
    refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="r"' });
    return true;
  };
  const credentials = async () => ({ username: 'AWS', password: current });

  await createRegistry({ host: fake.host, credentials }).putBlob(toBlob(large), { repository: 'app' });
  expect(fake.blobs.has(digestOf(large))).toBe(true);

  const wrong = createRegistry({
    host: fake.host,
    credentials: async () => ({ username: 'AWS', password: 's3cr3t' }),
  });
  await expect(wrong.putBlob(toBlob(large), { repository: 'app' })).rejects.toMatchObject({
    code: 'REGISTRY_UNAUTHORIZED',
    status: 401,
    message: expect.not.stringContaining('s3cr3t'),
  });
});

test('a refusal has the code and words of the registry, and the way out', async () => {
  const fake = await startFakeRegistry();
  const registry = createRegistry({ host: fake.host });
  fake.fault = (_, response) => {
    refuse(response, 404, 'NAME_UNKNOWN');
    return true;
  };
  await expect(registry.putBlob(toBlob(large), { repository: 'app' })).rejects.toMatchObject({
    code: 'REGISTRY_REFUSED',
    status: 404,
    registryCode: 'NAME_UNKNOWN',
    message: `cannot upload a layer to app: the registry ${fake.host} answered with status 404 (NAME_UNKNOWN: no: NAME_UNKNOWN); the repository does not exist there: create it first`,
  });

  fake.fault = (_, response) => !!response.writeHead(403).end('<html>proxy</html>');
  await expect(registry.hasBlob(digestOf(large), { repository: 'app' })).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    status: 403,
  });
});

test('a registry that rewrites what it stores is found out', async () => {
  const fake = await startFakeRegistry();
  const image = await makeImage();
  fake.fault = (request, response) => {
    if (request.method !== 'PUT' || !request.url?.includes('/manifests/')) return false;
    response.writeHead(201, { 'docker-content-digest': digestOf(Buffer.from('other')) }).end();
    return true;
  };

  await expect(
    pushImage(image, { registry: createRegistry({ host: fake.host }), repository: 'app', tags: ['1'] }),
  ).rejects.toMatchObject({
    code: 'BLOB_MISMATCH',
  });
});

test('nothing is tagged when a layer cannot be sent', async () => {
  const fake = await startFakeRegistry();
  fake.fault = (request, response) => request.method === 'PUT' && !!response.writeHead(400).end();

  await expect(
    pushImage(await makeImage(), {
      registry: createRegistry({ host: fake.host }),
      repository: 'app',
      tags: ['1'],
    }),
  ).rejects.toMatchObject({ status: 400 });

  expect(fake.manifests.size).toBe(0);
});

test('a signal ends a request that the registry never answers, and silence ends it too', async () => {
  const fake = await startFakeRegistry();
  const asked = new Promise<void>((resolve) => {
    fake.fault = () => {
      resolve();
      return true;
    };
  });
  const stop = new AbortController();
  const reading = createRegistry({ host: fake.host }).readManifest('1', {
    repository: 'app',
    signal: stop.signal,
  });
  await asked;
  stop.abort();
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });

  const impatient = createRegistry({ host: fake.host, idleTimeoutMs: 50, attempts: 1 });
  await expect(impatient.readManifest('1', { repository: 'app' })).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('no byte moved for 50 ms'),
  });
});

test('an index is resolved to the platform, and its manifest is checked', async () => {
  const fake = await startFakeRegistry();
  const registry = createRegistry({ host: fake.host });
  const folder = await makeFolder();
  const { manifest } = await pushImage(await makeImage(), {
    registry,
    repository: 'app',
    tags: ['image'],
    format: 'oci',
  });
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.oci.index,
    manifests: [
      { ...manifest, platform: { os: 'unknown', architecture: 'unknown' } },
      { ...manifest, platform: amd64 },
    ],
  };
  fake.manifests.set('multi', { bytes: Buffer.from(JSON.stringify(index)), mediaType: mediaTypes.oci.index });
  const options = { platform: amd64, layerDirectory: join(folder, 'layers') };

  expect((await registry.readImage('multi', { ...options, repository: 'app' })).layers.length).toBe(2);
  await expect(
    registry.readImage('multi', {
      ...options,
      repository: 'app',
      platform: { os: 'linux', architecture: 'arm64' },
    }),
  ).rejects.toMatchObject({
    code: 'PLATFORM_MISSING',
    message: expect.stringContaining('it has linux/amd64;'),
  });
});

test('an invalid host is refused, and one that does not answer is named', async () => {
  expect(() => createRegistry({ host: 'https://example.com/' })).toThrow(
    expect.objectContaining({ code: 'REFERENCE_INVALID' }),
  );
  expect(createRegistry({ host: 'registry.example.com' }).scheme).toBe('https');

  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  await expect(
    createRegistry({ host: `127.0.0.1:${port}`, attempts: 1 }).readManifest('1', { repository: 'app' }),
  ).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining(`the registry 127.0.0.1:${port} does not answer`),
  });
});

test.each(['POST', 'PUT'])(
  'an upload that is sent on elsewhere at its %s says where, and goes nowhere',
  async (method) => {
    const fake = await startFakeRegistry();
    const location = 'http://127.0.0.1:9/elsewhere';
    fake.fault = (request, response) => {
      if (request.method === method) response.writeHead(307, { location }).end();
      return request.method === method;
    };

    await expect(
      createRegistry({ host: fake.host }).putBlob(toBlob(large), { repository: 'app' }),
    ).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringContaining(`it redirects the upload to "${location}", which is not followed`),
    });
  },
);
