/** A fake ECR: the JSON API and the registry API over one store, on ports of this machine, and whom keys belong to. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatRegistryHost, parseRegistryHost } from '../connection/registry-host.ts';
import { EcrFailure } from './ecr-failure.ts';
import { type Answer, carryOut, type Exchange, type RequestHead, registryFailure } from './exchange.ts';
import { answerApi, readSigner, readTarget } from './fake-api.ts';
import {
  type FakeEcrCall,
  type FakeEcrFault,
  type FakeEcrOptions,
  type FakeRules,
  readRules,
} from './fake-ecr-options.ts';
import { answerRegistry, readRoute } from './fake-registry-api.ts';
import { createStore, type StoredRegistry } from './fake-store.ts';
import { answerIdentity } from './fake-sts.ts';
import type { Caller } from './operation.ts';

/** A fake ECR that runs. */
export interface FakeEcr {
  /**
   * Where both APIs and GetCallerIdentity of STS are, for example `http://127.0.0.1:40001`; also the `proxyEndpoint` of
   * GetAuthorizationToken, unless the fake is the proxy of its registries.
   */
  readonly url: string;
  /** What makes the AWS SDK use it: endpoint, credentials and region, and the proxy where it is one. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every request so far. */
  readonly calls: readonly FakeEcrCall[];
  /** The registry of an account in a region, to look at or to change without a request. */
  registry(accountId?: string, region?: string): StoredRegistry;
  /** Makes something go wrong, until that has happened or the function that this returns is called. */
  inject(fault: FakeEcrFault): () => void;
  close(): Promise<void>;
}

/**
 * Starts a fake ECR on a free port of the loopback interface. Each account has a registry of its own in each region. The
 * JSON API takes the account from `registryId`, the registry API from the host name, for example
 * `123456789012.dkr.ecr.us-east-1.amazonaws.com`; where there is none, the account is that of the access key.
 *
 * @example
 * ```ts
 * await using ecr = await startFakeEcr({ mode: 'spec' });
 * ```
 */
export async function startFakeEcr(options: FakeEcrOptions = {}): Promise<FakeEcr & AsyncDisposable> {
  const accountId = options.accountId ?? '123456789012';
  const region = 'us-east-1';
  const calls: FakeEcrCall[] = [];
  const faults: { readonly fault: FakeEcrFault; left: number }[] = [];
  const store = createStore();
  const state: FakeState = {
    options,
    rules: readRules(options),
    accountId,
    store,
    takeFault(operation) {
      const due = faults.find(({ fault, left }) => left > 0 && fault.on === operation);
      if (due !== undefined) due.left -= 1;
      return due?.fault;
    },
    record(call) {
      calls.push(call);
      options.onCall?.(call);
    },
    passwords: new Map(),
    registryUrl: '',
    storageUrl: '',
  };
  const main = await listen((request, response) => answerMain(request, response, state));
  const storage = await listen((request, response) => answerStorage(request, response, state));
  state.registryUrl = main.url;
  state.storageUrl = storage.url;
  const close = async () => {
    await Promise.all([main, storage].map((server) => server.close()));
  };
  return {
    url: main.url,
    environment: {
      AWS_ENDPOINT_URL_ECR: main.url,
      AWS_ENDPOINT_URL_STS: main.url,
      AWS_ACCESS_KEY_ID: 'AKIAFAKE',
      AWS_SECRET_ACCESS_KEY: 'fake',
      AWS_REGION: region,
      // A client asks for https first; the fake refuses the tunnel, and nobody looks for the host in the network.
      ...(options.proxied === true ? { HTTP_PROXY: main.url, HTTPS_PROXY: main.url } : {}),
    },
    calls,
    registry: (account = accountId, where = region) => store(account, where),
    inject(fault) {
      const entry = { fault, left: fault.times ?? 1 };
      faults.push(entry);
      return () => {
        entry.left = 0;
      };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface FakeState {
  readonly options: FakeEcrOptions;
  readonly rules: FakeRules;
  readonly accountId: string;
  readonly store: ReturnType<typeof createStore>;
  readonly takeFault: (operation: string) => FakeEcrFault | undefined;
  readonly record: (call: FakeEcrCall) => void;
  /** Who got a password of GetAuthorizationToken. It is good for the registries of all accounts. */
  readonly passwords: Map<string, Caller>;
  registryUrl: string;
  storageUrl: string;
}

async function answerMain(
  request: IncomingMessage,
  response: ServerResponse,
  state: FakeState,
): Promise<void> {
  const operation = readTarget(request);
  if (operation !== undefined) return answerApiRequest({ request, response }, operation, state);
  if (request.headers['content-type'] === 'application/x-www-form-urlencoded')
    return answerIdentityRequest({ request, response }, state);
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
  const route = readRoute(request.method ?? 'GET', decodeURIComponent(pathname));
  const caller = findLogin(request, state);
  const registry = caller === undefined ? undefined : findRegistry(request, caller, state);
  const head: RequestHead = {
    operation: route?.operation ?? `${request.method} ${pathname}`,
    face: 'registry',
    region: registry?.region ?? '',
    accountId: registry?.accountId ?? '',
    repository: route?.repository,
  };
  await carryOut(
    { request, response, head, fault: state.takeFault(head.operation), record: state.record },
    (body, lies) => {
      if (caller === undefined || registry === undefined)
        return refuse('UNAUTHORIZED', 'Not Authorized', 401);
      if (route === undefined) return refuse('UNSUPPORTED', 'no such path', 404);
      const { accept = '', 'content-type': contentType, 'content-range': contentRange } = request.headers;
      const accepted = accept.split(/\s*,\s*/).filter(Boolean);
      return answerRegistry(
        { ...route, query: searchParams, contentType, contentRange, accept: accepted, body, lies },
        { ...state.rules, registry, caller, storageUrl: state.storageUrl },
      );
    },
  );
}

function refuse(type: string, message: string, status: number): Answer {
  return registryFailure(new EcrFailure(type, message, { status }));
}

async function answerApiRequest(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  operation: string,
  state: FakeState,
): Promise<void> {
  const { options, store, storageUrl } = state;
  const { signer, caller } = findCaller(request, state);
  const head = { operation, face: 'api' as const, ...caller, repository: undefined };
  await carryOut(
    { request, response, head, fault: state.takeFault(operation), record: state.record },
    (body, lies) =>
      answerApi(
        { operation, signer, body, lies },
        {
          ...state.rules,
          store,
          caller,
          storageUrl,
          registryUrl: (account) =>
            options.proxied === true
              ? `http://${formatRegistryHost({ ...caller, accountId: account })}`
              : state.registryUrl,
          issuePassword: () => issuePassword(state, caller),
        },
      ),
  );
}

async function answerIdentityRequest(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  state: FakeState,
): Promise<void> {
  const { signer, caller } = findCaller(request, state);
  const operation = 'GetCallerIdentity';
  const head = { operation, face: 'api' as const, ...caller, repository: undefined };
  const { expiredAccessKeys } = state.rules;

  await carryOut({ request, response, head, fault: state.takeFault(operation), record: state.record }, () =>
    answerIdentity({ signer, accountId: caller.accountId, expiredAccessKeys }),
  );
}

function findCaller(request: IncomingMessage, { options, accountId }: FakeState) {
  const signer = readSigner(request);
  const caller: Caller = {
    accountId: options.accounts?.[signer?.accessKeyId ?? ''] ?? accountId,
    region: signer?.region ?? '',
  };
  return { signer, caller };
}

function issuePassword({ passwords }: FakeState, caller: Caller): string {
  const password = randomBytes(24).toString('base64url');
  passwords.set(password, caller);
  return password;
}

/** The registry that the host name says, or the caller's own. */
function findRegistry({ headers }: IncomingMessage, caller: Caller, { store }: FakeState): StoredRegistry {
  const { accountId, region } = parseRegistryHost((headers.host ?? '').replace(/:\d+$/, '')) ?? caller;
  return store(accountId, region);
}

function findLogin({ headers }: IncomingMessage, { passwords }: FakeState): Caller | undefined {
  const encoded = /^Basic (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const [user, password = ''] = Buffer.from(encoded ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return user === 'AWS' ? passwords.get(password) : undefined;
}

/** What a presigned URL leads to: another host, which refuses requests with credentials of the registry. */
async function answerStorage(
  request: IncomingMessage,
  response: ServerResponse,
  state: FakeState,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://fake');
  const [, accountId = '', region = '', ...rest] = pathname.split('/');
  const digest = rest.pop() ?? '';
  const name = rest.join('/');
  const head = { operation: 'GET storage', face: 'storage' as const, region, accountId, repository: name };
  await carryOut(
    { request, response, head, fault: state.takeFault('GET storage'), record: state.record },
    (_, lies): Answer => {
      if (request.headers.authorization !== undefined)
        return { status: 400, body: 'Only one auth mechanism allowed' };
      const blob = state.store(accountId, region).repositories.get(name)?.blobs.get(digest);
      if (blob === undefined) return { status: 404, body: 'NoSuchKey' };
      return { status: 200, body: lies ? Buffer.from(blob).fill(0, 0, 1) : blob };
    },
  );
}

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String((error as Error).stack));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
