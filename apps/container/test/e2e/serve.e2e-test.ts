/** `docker run IMAGE serve`, as the platform runs it: the model read-only, 512 MB, HTTP from outside, SIGTERM. */

import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Container, runContainer, surroundings } from './containers.ts';
import { docker } from './docker.ts';
import { makeJobTree } from './job-tree.ts';
import { sendLoad } from './send-load.ts';
import { invoke, startServer } from './servers.ts';

let directory: string;
let model: readonly string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optml-e2e-model-'));
  const tree = await makeJobTree();
  const { exitCode, output } = await runContainer(['--network', 'none', ...tree.mounts], ['train']);
  expect(exitCode, output).toBe(0);
  await writeFile(join(directory, 'model.json'), await readFile(join(tree.root, 'model/model.json')));
  await chmod(directory, 0o755);
  model = mountModel(directory);
});

afterAll(() => rm(directory, { recursive: true }));

const mountModel = (folder: string) => ['--volume', `${folder}:/opt/ml/model:ro`];

/** Without the engine's own proxy in between, which takes connections that the server never sees. */
async function readAddress(container: Container): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return `http://${await docker('inspect', '--format', format, container.id)}:8080`;
}

test('every content type is read and written in every other', async () => {
  const { container, url } = await startServer([...model, '--read-only']);
  const bodies = {
    'text/csv': '5.1,3.5,1.4,0.2\n6.5,3.0,5.8,2.2\n',
    'application/json': '{"instances":[[5.1,3.5,1.4,0.2],[6.5,3.0,5.8,2.2]]}',
    'application/jsonlines': '[5.1,3.5,1.4,0.2]\n[6.5,3.0,5.8,2.2]\n',
  };
  const replies = {
    'text/csv': 'setosa\nvirginica\n',
    'application/json': '{"predictions":["setosa","virginica"]}',
    'application/jsonlines': '"setosa"\n"virginica"\n',
  };

  const ping = await fetch(`${url}/ping`);
  const answers = [];
  const expected = [];
  for (const [contentType, body] of Object.entries(bodies)) {
    for (const [accept, reply] of Object.entries(replies)) {
      answers.push(await invoke(url, contentType, accept, body));
      expected.push({ status: 200, type: accept, body: reply });
    }
  }
  const refused = await invoke(url, 'text/csv', 'application/json', '5.1,3.5\n');
  const ended = await container.stop(30);

  expect([ping.status, await ping.text()]).toEqual([200, '']);
  expect(answers).toEqual(expected);
  expect(refused).toMatchObject({ status: 400, body: expect.stringContaining('expected 4') });
  expect(ended.exitCode, ended.output).toBe(0);
});

test('a user without rights serves, on the port that a pipeline of models tells', async () => {
  const options = ['--user', '1000:1000', '--read-only', '--env', 'SAGEMAKER_BIND_TO_PORT=9001'];
  const { container, url } = await startServer([...model, ...options], { port: 9001 });

  const answer = await invoke(url, 'text/csv', 'text/csv', '5.1,3.5,1.4,0.2\n');
  const ended = await container.stop(30);

  expect(answer).toMatchObject({ status: 200, body: 'setosa\n' });
  expect(ended.exitCode, ended.output).toBe(0);
});

test('512 MB are enough under load, with bodies of megabytes in between', async () => {
  const { container, url } = await startServer(model);
  const rows = 100_000;
  const body = '5.1,3.5,1.4,0.2\n'.repeat(rows);

  const load = sendLoad(await readAddress(container), { connections: 16, requests: 5_000 });
  const large = [];
  for (let count = 0; count < 4; count += 1) large.push(await invoke(url, 'text/csv', 'text/csv', body));
  const counts = await load;
  const ended = await container.stop(30);

  const lengths = large.map(({ status, body: reply }) => [status, reply.length]);
  expect(lengths, ended.output).toEqual(large.map(() => [200, 'setosa\n'.length * rows]));
  expect(counts).toEqual({ '200': 5_000 });
  expect(ended).toMatchObject({ exitCode: 0, outOfMemory: false });
});

test.each([
  ['the reference predictor', []],
  ['a slow predictor', ['--volume', `${surroundings.authors}/slow-predictor.js:/app/dist/predictor.js:ro`]],
])('no request is lost when %s is stopped under load', async (_, options) => {
  const { container } = await startServer([...model, ...options]);
  const { promise: underLoad, resolve: onAnswered } = Promise.withResolvers<void>();
  const load = sendLoad(await readAddress(container), { connections: 16, onAnswered });
  await underLoad;

  const ended = await container.stop(30);
  const { '200': answered = 0, ...others } = await load;

  // Each connection goes on until it is refused; none ends without an answer.
  expect(others).toEqual({ refused: 16 });
  expect(answered).toBeGreaterThan(16);
  expect(ended.exitCode, ended.output).toBe(0);
});

test.each([
  ['is missing', undefined, 'was a model trained into this folder?'],
  ['is damaged', '{"format":', 'model.json is not JSON'],
])('a model that %s ends the server with the reason in its log', async (_, text, reason) => {
  const folder = join(directory, 'other');
  await mkdir(folder);
  if (text !== undefined) await writeFile(join(folder, 'model.json'), text);

  const { exitCode, output } = await runContainer(['--network', 'none', ...mountModel(folder)], ['serve']);

  await rm(folder, { recursive: true });
  expect(exitCode).toBe(1);
  expect(output).toContain(reason);
  expect(output).not.toMatch(/^\s+at /m);
});
