/** What V8 compiled in one half of the container serves the other too, as in an image, whose cache both have filled. */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTree, run, start, waitForLine } from './run-container.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'optml-compiled-'));
  await makeTree(root);
});

afterAll(() => rm(root, { recursive: true }));

const variables = () => ({
  NODE_COMPILE_CACHE: join(root, 'compile-cache'),
  NODE_DEBUG_NATIVE: 'COMPILE_CACHE',
  SAGEMAKER_MODEL_SERVER_WORKERS: '2',
});

async function train(): Promise<string> {
  const { exitCode, output } = await run(['train'], root, variables());
  expect(exitCode).toBe(0);
  return output;
}

/** Serves until it is ready, and has answered. */
async function serve(): Promise<string> {
  const { child, output } = start(['serve'], root, variables());
  const [, url] = await waitForLine(child, output, /listening url=(\S+)/);
  await waitForLine(child, output, /^INFO +ready/m);
  await fetch(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: '5.1,3.5,1.4,0.2\n',
  });
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
  return output();
}

test('a start reads all that V8 compiled in an earlier one, and V8 refuses none of it', async () => {
  const first = [await train(), await serve()];
  const second = [await train(), await serve()];

  for (const output of [...first, ...second]) expect(output).not.toContain('was rejected');
  for (const output of second) {
    // Each look and its result are written apart, and another thread may write between them.
    const looks = output.match(/reading cache from /g)?.length;
    expect(looks).toBeGreaterThan(20);
    expect(output.match(/success, size=/g)?.length).toBe(looks);
  }
  for (const module of ['main', 'predictor', 'serving-worker']) {
    expect(second[1]).toMatch(new RegExp(`reading cache .*/dist/${module}\\.js\\.`));
  }
}, 30_000);
