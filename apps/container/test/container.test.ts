/** The whole path as SageMaker walks it: a tree made by hand, `main.js train`, `main.js serve`, HTTP, SIGTERM. */

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTree, run, start, waitForLine } from './run-container.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'optml-container-'));
  await makeTree(root);
});

afterAll(() => rm(root, { recursive: true }));

/** A port below those that the system chooses from: no server of another test is given it before it is used. */
async function findPort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer().listen(port);
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

describe('the reference container', () => {
  test('trains a model, logs its accuracy as metrics and exits 0', async () => {
    const { exitCode, output } = await run(['train'], root);

    expect(exitCode).toBe(0);
    const accuracy = /^\[metric\] validation:accuracy=(\S+)$/m.exec(output)?.[1];
    expect(Number(accuracy)).toBeGreaterThanOrEqual(0.9);
    expect(JSON.parse(await readFile(join(root, 'model/model.json'), 'utf8'))).toMatchObject({ version: 1 });
  });

  test('writes the model of a job on two hosts on the leader alone', async () => {
    const hosts = ['127.0.0.1', '127.0.0.2'];
    const port = String(await findPort());
    const trees = hosts.map((host) => join(root, host));
    await Promise.all(trees.map((tree, rank) => makeTree(tree, { host: hosts[rank] as string, hosts })));

    const endings = await Promise.all(
      trees.map((tree) => run(['train'], tree, { TRAINING_JOB_NAME: 'job', OPTML_CLUSTER_PORT: port })),
    );

    const names = await Promise.all(trees.map((tree) => readdir(join(tree, 'model'), { recursive: true })));
    expect(endings.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(names.map((all) => all.filter((name) => name.endsWith('.json')))).toEqual([['model.json'], []]);
    expect(endings.map(({ output }) => output.includes('wrote no model'))).toEqual([false, false]);
  });

  test('trains when the job replaces the argument train by its own', async () => {
    const { exitCode, output } = await run(['--verbose'], root, { TRAINING_JOB_NAME: 'job' });

    expect(exitCode).toBe(0);
    expect(output).toContain('[metric] training:accuracy=');
  });

  test('serves that model in every content type and ends with 0 on SIGTERM', async () => {
    const { child, output } = start(['serve'], root);
    const [, url] = await waitForLine(child, output, /listening url=(\S+)/);
    await waitForLine(child, output, /ready/);
    const invoke = async (contentType: string, accept: string, body: string) => {
      const headers = { 'content-type': contentType, accept };
      const response = await fetch(`${url}/invocations`, { method: 'POST', headers, body });
      return {
        status: response.status,
        type: response.headers.get('content-type'),
        body: await response.text(),
      };
    };
    const rows = '5.1,3.5,1.4,0.2\n6.5,3.0,5.8,2.2\n';

    const ping = await fetch(`${url}/ping`);
    const replies = [
      await invoke('text/csv', 'text/csv', rows),
      await invoke('application/json', 'application/json', '{"instances":[[5.1,3.5,1.4,0.2]]}'),
      await invoke('application/json; charset=utf-8', 'application/json', '[[6.5,3.0,5.8,2.2]]'),
      await invoke(
        'application/jsonlines',
        'application/jsonlines',
        '[5.1,3.5,1.4,0.2]\n[6.5,3.0,5.8,2.2]\n',
      ),
      await invoke('text/csv', 'application/json', '5.1,3.5,1.4\n'),
      await invoke('text/csv', 'application/json', '5.1,3.5,petal,0.2\n'),
    ];
    child.kill('SIGTERM');
    const [exitCode] = await once(child, 'close');

    expect([ping.status, await ping.text()]).toEqual([200, '']);
    expect(replies).toEqual([
      { status: 200, type: 'text/csv', body: 'setosa\nvirginica\n' },
      { status: 200, type: 'application/json', body: '{"predictions":["setosa"]}' },
      { status: 200, type: 'application/json', body: '{"predictions":["virginica"]}' },
      { status: 200, type: 'application/jsonlines', body: '"setosa"\n"virginica"\n' },
      {
        status: 400,
        type: 'application/json',
        body: expect.stringMatching(/instances\[0\] has 3 numbers: expected 4","record":0\}/),
      },
      {
        status: 400,
        type: 'application/json',
        body: expect.stringContaining('instances[0][2] is \\"petal\\"'),
      },
    ]);
    expect(exitCode).toBe(0);
  });

  test.each(['process', 'inline'])('serves the model with OPTML_ISOLATION=%s, too', async (isolation) => {
    const { child, output } = start(['serve'], root, { OPTML_ISOLATION: isolation });
    const [, url] = await waitForLine(child, output, /listening url=(\S+)/);
    await waitForLine(child, output, /ready/);

    const headers = { 'content-type': 'text/csv' };
    const reply = await fetch(`${url}/invocations`, { method: 'POST', headers, body: '5.1,3.5,1.4,0.2\n' });
    child.kill('SIGTERM');
    const [exitCode] = await once(child, 'close');

    expect([reply.status, await reply.text(), exitCode]).toEqual([200, 'setosa\n', 0]);
  });

  test('serves several models, drains all of them and exits 0', async () => {
    const port = await findPort();
    const { child, output } = start(['serve'], root, {
      SAGEMAKER_MULTI_MODEL: 'True',
      SAGEMAKER_BIND_TO_PORT: String(port),
      SAGEMAKER_SAFE_PORT_RANGE: `${port}-${port}`,
    });
    const [, url] = await waitForLine(child, output, /listening url=(\S+)/);
    const folder = join(root, 'models/abc/model');
    await cp(join(root, 'model'), folder, { recursive: true });
    const post = (path: string, type: string, body: string) =>
      fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });

    const ping = await fetch(`${url}/ping`);
    const load = await post(
      '/models',
      'application/json',
      JSON.stringify({ model_name: 'abc', url: folder }),
    );
    const reply = await post('/models/abc/invoke', 'text/csv', '5.1,3.5,1.4,0.2\n');
    const outside = await post('/models', 'application/json', '{"model_name": "x", "url": "/tmp"}');
    child.kill('SIGTERM');
    const [exitCode] = await once(child, 'close');

    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect([ping.status, load.status, reply.status, outside.status]).toEqual([200, 200, 200, 400]);
    expect([await reply.text(), exitCode]).toEqual(['setosa\n', 0]);
    expect(output()).toMatch(/^INFO {2}a model is loaded model=abc/m);
  });

  test('tells a transform job how to send its requests', async () => {
    const variables = {
      SAGEMAKER_BATCH: 'True',
      SAGEMAKER_MAX_PAYLOAD_IN_MB: '7',
      SAGEMAKER_BATCH_STRATEGY: 'SINGLE_RECORD',
      SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: '5',
      SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: 'jsonlines',
      OPTML_EMF_NAMESPACE: 'Shop',
    };
    const { child, output } = start(['serve'], root, variables);
    const [, url] = await waitForLine(child, output, /listening url=(\S+)/);
    await waitForLine(child, output, /ready/);

    const parameters = await (await fetch(`${url}/execution-parameters`)).json();
    const body = '5.1,3.5,1.4,0.2\n';
    const headers = { 'content-type': 'text/csv' };
    const reply = await fetch(`${url}/invocations`, { method: 'POST', headers, body });
    child.kill('SIGTERM');

    await once(child, 'close');
    expect(parameters).toEqual({
      BatchStrategy: 'SINGLE_RECORD',
      MaxPayloadInMB: 7,
      MaxConcurrentTransforms: 5,
    });
    expect([reply.headers.get('content-type'), await reply.text()]).toEqual([
      'application/jsonlines',
      '"setosa"\n',
    ]);
    expect(output()).toMatch(/^WARN {2}OPTML_EMF_NAMESPACE is set and changes nothing: set OPTML_EMF=true/m);
  });

  test.each([
    [
      'SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT',
      'application/x-parquet',
      /expected one media type that the predictor writes: text\/csv,/,
    ],
    [
      'SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT',
      'text/csv, application/json',
      /expected one media type, for example text\/csv/,
    ],
    ['SAGEMAKER_BATCH_STRATEGY', 'ALL', /expected SINGLE_RECORD or MULTI_RECORD/],
  ])('does not start with %s=%s, and says why at the end of its log', async (variable, value, reason) => {
    const { exitCode, output } = await run(['serve'], root, { [variable]: value });

    const [last = ''] = output.trim().split('\n').slice(-1);
    expect(exitCode).toBe(1);
    expect(last.startsWith(`ERROR serving failed: ${variable} is "${value}": `)).toBe(true);
    expect(last).toMatch(reason);
    expect(last).toMatch(/ code=ENVIRONMENT_INVALID$/);
  });

  test.each([{ MAX_CONTENT_LENGTH: '1048576' }, { SAGEMAKER_MAX_PAYLOAD_IN_MB: '1' }])(
    'takes its limits from an operator: %j',
    async (limit) => {
      const variables = { SAGEMAKER_MODEL_SERVER_WORKERS: '3', ...limit };
      const { child, output } = start(['serve'], root, variables);
      const [, url] = await waitForLine(child, output, /listening url=(\S+)/);
      await waitForLine(child, output, /ready/);

      const parameters = await (await fetch(`${url}/execution-parameters`)).json();
      const large = await fetch(`${url}/invocations`, { method: 'POST', body: new Uint8Array(2_000_000) });
      child.kill('SIGTERM');

      await once(child, 'close');
      expect(parameters).toMatchObject({ MaxConcurrentTransforms: 3, MaxPayloadInMB: 1 });
      expect(large.status).toBe(413);
    },
  );

  test('shows what it does as its variables say, in whole lines of its log', async () => {
    const { child, output } = start(['serve'], root, {
      OPTML_LOG_FORMAT: 'json',
      OPTML_ACCESS_LOG: 'true',
      OPTML_EMF: 'true',
      OPTML_EMF_DIMENSIONS: 'Service=iris',
      OPTML_PLAYGROUND: 'true',
    });
    const [, url] = await waitForLine(child, output, /"url":"([^"]+)"/);
    await waitForLine(child, output, /"message":"ready"/);
    const headers = { 'content-type': 'text/csv', 'x-amzn-sagemaker-inference-id': 'order-66' };
    await fetch(`${url}/invocations`, { method: 'POST', headers, body: '5.1,3.5,1.4,0.2\n' });

    const pages = [await fetch(`${url}/`), await fetch(`${url}/metrics`), await fetch(`${url}/openapi.json`)];
    child.kill('SIGTERM');
    await once(child, 'close');

    const lines = output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(lines).toContainEqual(expect.objectContaining({ requestId: 'order-66', status: 200 }));
    expect(lines).toContainEqual(expect.objectContaining({ Service: 'iris', Invocations: 1 }));
  });

  test('answers no playground, and no metrics where they are off', async () => {
    const { child, output } = start(['serve'], root, { OPTML_METRICS: 'false' });
    const [, url] = await waitForLine(child, output, /listening url=(\S+)/);

    const pages = [await fetch(`${url}/`), await fetch(`${url}/metrics`)];
    child.kill('SIGTERM');
    await once(child, 'close');

    expect(pages.map(({ status }) => status)).toEqual([404, 404]);
    expect(output()).not.toContain('_aws');
  });

  test('shares out a heap limit of Node among the workers, and says so', async () => {
    const { child, output } = start(['serve'], root, {
      NODE_OPTIONS: '--max-old-space-size=264',
      SAGEMAKER_MODEL_SERVER_WORKERS: '2',
    });

    const [line] = await waitForLine(child, output, /WARN .*heap limit.*/);
    child.kill('SIGTERM');
    await once(child, 'close');

    expect(line).toContain('workers=2 totalHeapMiB=200 workerHeapMiB=100 ');
  });

  test('refuses wrong hyperparameters with a failure file', async () => {
    const other = await mkdtemp(join(tmpdir(), 'optml-container-'));
    await makeTree(other, { hyperparameters: { max_depth: '0', min_sample_split: '2' } });

    const { exitCode, output } = await run(['train'], other);

    const failure = await readFile(join(other, 'output/failure'), 'utf8');
    await rm(other, { recursive: true });
    expect(exitCode).toBe(1);
    expect(failure).toContain('hyperparameter max_depth is "0": expected number to be >=1');
    expect(failure).toContain('hyperparameter min_sample_split is unknown: did you mean min_samples_split?');
    expect(output).not.toMatch(/^\s+at /m);
  });

  test('says why it cannot serve without a model', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'optml-container-'));

    const { exitCode, output } = await run(['serve'], empty);

    await rm(empty, { recursive: true });
    expect(exitCode).toBe(1);
    expect(output).toContain('was a model trained into this folder?');
    expect(output).not.toMatch(/^\s+at /m);
  });

  test.each([
    [[], 'no command: expected train or serve'],
    [['predict'], 'unknown command "predict": expected train or serve'],
  ])('explains itself when it is started with %j', async (command, message) => {
    const { exitCode, output } = await run(command, root);

    expect(exitCode).toBe(2);
    expect(output).toContain(message);
  });
});
