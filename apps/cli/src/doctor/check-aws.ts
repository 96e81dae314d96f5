/** Checks of what publishing needs of AWS: region, network, clock, credentials, repository and permissions. */

import type { Agent } from 'node:http';
import type { Environment } from '@optml/contract/environment';
import { type Connection, EcrError, logIn } from '@optml/ecr';
import { formatRegistryHost } from '@optml/ecr/names';
import { adviseOnCertificate, createConnections, describeProxy, readProxySettings } from '@optml/image/proxy';
import { findHint } from '../explain/read-error-codes.ts';
import { connectRegion, readEndpoint } from '../publish/connect-targets.ts';
import { sendHttpRequest } from '../server/http-request.ts';
import { type Check, ok, skipped } from './check.ts';

/** What is asked of AWS. */
export interface AwsOptions {
  readonly region: string | undefined;
  readonly repository: string | undefined;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

const names = ['region', 'network', 'clock', 'credentials', 'login', 'repository', 'push'] as const;

/** Gives each check as soon as it is made; those that an earlier one rules out are skipped. */
export async function* checkAws(options: AwsOptions): AsyncGenerator<Check> {
  let done = 0;
  for await (const check of checkInTurn(options)) {
    done++;
    yield check;
  }
  for (const name of names.slice(done)) yield skipped(name, 'not checked: a check before it failed');
}

async function* checkInTurn({
  region: wanted,
  repository,
  environment,
  signal,
}: AwsOptions): AsyncGenerator<Check> {
  let connection: Connection;
  try {
    connection = await connectRegion(wanted, environment);
  } catch (error) {
    yield await describeFailure('region', error);
    return;
  }
  try {
    yield ok('region', connection.region);
    const reached = await reach(connection.region, environment, signal);
    yield reached.check;
    if (reached.clock === undefined) return;
    yield reached.clock;
    const credentials = await checkCredentials(connection, environment, signal);
    yield credentials;
    if (credentials.status === 'error') return;
    const login = await checkLogin(connection, signal);
    yield login;
    if (login.status === 'error') return;
    if (repository === undefined) {
      yield skipped('repository', 'give --repository, or run it in a project');
      return;
    }
    const found = await checkRepository(connection, repository, signal);
    yield found;
    if (found.status === 'ok') yield await checkPush(connection, repository, signal);
    else yield skipped('push', 'not checked: the repository does not exist');
  } finally {
    connection.close();
  }
}

/** Any answer has the time of AWS, also one that refuses the request. */
async function reach(
  region: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<{ readonly check: Check; readonly clock?: Check }> {
  const url = new URL(
    readEndpoint(environment) ?? `https://${formatRegistryHost({ accountId: '000000000000', region })}/v2/`,
  );
  const proxy = readProxySettings(environment);
  const connections = createConnections(proxy);
  try {
    const agent: Agent = url.protocol === 'https:' ? connections.https : connections.http;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
    const startedAt = Date.now();
    const { headers, body } = await sendHttpRequest(url, { method: 'GET', signal: limit, agent });
    body.destroy();
    const check = ok('network', `${url.host} answers`);
    return { check, clock: compareClocks(headers.date, (startedAt + Date.now()) / 2) };
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = error as NodeJS.ErrnoException;
    const through = describeProxy(proxy);
    const isUnknown = code === 'ENOTFOUND' || code === 'EAI_AGAIN';
    const fix =
      adviseOnCertificate(code) ??
      `check the network, HTTPS_PROXY and NO_PROXY; in a VPC, the endpoints of ecr.api, ecr.dkr and s3${isUnknown ? `; and the name of the region, "${region}"` : ''}`;
    return {
      check: {
        name: 'network',
        status: 'error',
        message: `cannot reach ${url.host}${through === undefined ? '' : ` (${through})`}: ${code ?? message}`,
        fix,
      },
    };
  } finally {
    for (const agent of [connections.http, connections.https]) agent.destroy();
  }
}

/** AWS takes signatures that are up to five minutes off. */
const signatureLimitSeconds = 300;

function compareClocks(date: string | undefined, nowMs: number): Check {
  const then = Date.parse(date ?? '');
  if (Number.isNaN(then)) return skipped('clock', 'the answer has no time in it');
  const seconds = Math.round((nowMs - then) / 1000);
  if (Math.abs(seconds) < 30) return ok('clock', 'right to within 30 s');
  const message = `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} AWS`;
  const isLate = Math.abs(seconds) > signatureLimitSeconds - 60;
  const fix =
    'set it: timedatectl set-ntp true, in WSL "hwclock -s"; AWS refuses signatures that are 5 minutes off';
  return { name: 'clock', status: isLate ? 'error' : 'warning', message, fix };
}

/** Where the credentials come from, and whom they belong to. Publishing does not need STS. */
async function checkCredentials(
  connection: Connection,
  environment: Environment,
  signal: AbortSignal,
): Promise<Check> {
  const source = environment.AWS_ACCESS_KEY_ID
    ? 'AWS_ACCESS_KEY_ID'
    : environment.AWS_PROFILE || 'the default chain';
  const endpoint = environment.AWS_ENDPOINT_URL_STS || environment.AWS_ENDPOINT_URL || undefined;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
    const { arn } = await connection.identify({ endpoint, signal: limit });
    return ok('credentials', `of ${source}: ${arn}`);
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = error as Error & { readonly code?: unknown };
    if (String(code).startsWith('CREDENTIALS_')) return describeFailure('credentials', error);
    const fix = 'nothing, if the next line is right; in a VPC, an endpoint of sts';
    return {
      name: 'credentials',
      status: 'warning',
      message: `of ${source}; STS did not say whose they are: ${message}`,
      fix,
    };
  }
}

async function checkLogin(connection: Connection, signal: AbortSignal): Promise<Check> {
  try {
    const { endpoint } = await logIn(connection, { signal });
    return ok('login', `to ${endpoint.host}`);
  } catch (error) {
    return describeFailure('login', error);
  }
}

async function checkRepository(
  connection: Connection,
  repository: string,
  signal: AbortSignal,
): Promise<Check> {
  try {
    const answer = await connection.call(
      'DescribeRepositories',
      { repositoryNames: [repository] },
      { signal },
    );
    return ok('repository', answer.repositories?.[0]?.repositoryUri ?? repository);
  } catch (error) {
    if (!(error instanceof EcrError) || error.code !== 'REPOSITORY_MISSING')
      return describeFailure('repository', error);
    const fix = 'nothing, if you are allowed ecr:CreateRepository: optml publish creates it';
    return {
      name: 'repository',
      status: 'warning',
      message: `"${repository}" does not exist in ${connection.region}`,
      fix,
    };
  }
}

/** An upload that is begun and not ended leaves nothing; putting an image cannot be tried without putting one. */
async function checkPush(
  connection: Connection,
  repositoryName: string,
  signal: AbortSignal,
): Promise<Check> {
  const layerDigests = [`sha256:${'0'.repeat(64)}`];
  const calls = [
    () => connection.call('BatchCheckLayerAvailability', { repositoryName, layerDigests }, { signal }),
    () => connection.call('InitiateLayerUpload', { repositoryName }, { signal }),
  ];
  const denied: string[] = [];
  for (const call of calls) {
    try {
      await call();
    } catch (error) {
      if (!(error instanceof EcrError) || error.code !== 'ACCESS_DENIED')
        return describeFailure('push', error);
      denied.push(error.action ?? 'an action');
    }
  }
  if (denied.length === 0)
    return ok('push', 'layers may be looked up and uploads begun; ecr:PutImage cannot be tried');
  const fix = 'allow what "optml publish --dry-run" prints as the policy';
  return {
    name: 'push',
    status: 'error',
    message: `you are not allowed to use ${denied.join(', ')} on ${repositoryName}`,
    fix,
  };
}

/** What to do stands on the page of the publisher's errors. */
async function describeFailure(name: string, error: unknown): Promise<Check> {
  if (!(error instanceof EcrError)) throw error;
  const fix = (await findHint(error.code, '@optml/ecr')) ?? `optml explain ${error.code}`;
  return { name, status: 'error', message: error.message, fix };
}
