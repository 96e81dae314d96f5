/** Describes, trains and serves with the author's zod, and prints what came of it. */

import process from 'node:process';
import { createApp } from '@optml/serve';
import { describeTraining, runTraining } from '@optml/train';

const root = process.argv[2] ?? '';
const training = new URL('./train.ts', import.meta.url);

const { hyperparameters } = await describeTraining(training);
const trained = await runTraining(training, {
  environment: { ...process.env, SAGEMAKER_BASE_DIR: root },
  stdout: process.stderr,
  stderr: process.stderr,
  signal: new AbortController().signal,
});

const { listen } = createApp(new URL('./predictor.ts', import.meta.url), { modelDirectory: `${root}/model` });
const server = await listen({ port: 0, host: '127.0.0.1' });
await server.ready();
const ask = async (instances: unknown) => {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instances }),
  };
  const response = await fetch(`http://127.0.0.1:${server.port}/invocations`, init);
  return { status: response.status, body: await response.json() };
};
const replies = [await ask([[1, 2], { x: 3 }]), await ask([[1, 'two']])];
await server.close();

console.log(JSON.stringify({ properties: Object.keys(hyperparameters.properties ?? {}), trained, replies }));
