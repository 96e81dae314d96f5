/**
 * Starts each half of the application once, on an empty tree in place of /opt/ml, so that V8's compile cache holds
 * both: `fill-compile-cache.ts MAIN CACHE`. Training ends at once because nothing is configured, before any of the
 * author's `run`; serving ends because there is no model, or is ended when it is ready. Leave it as it is.
 */

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** For the author's `load`, which may look for its model for a while. */
const timeoutMs = 60_000;

const [main = '', cache = ''] = process.argv.slice(2);
const root = await mkdtemp(join(tmpdir(), 'optml-compile-'));
await rm(cache, { recursive: true, force: true });
const outputs = { train: await runOnce('train'), serve: await runOnce('serve') };
await rm(root, { recursive: true });
const tags = await readdir(cache).catch(() => []);
// The author's halves must be among what was compiled: a broken bundle would end before it gets there.
const isBroken = !/config|hyperparameters\.json/.test(outputs.train) || !/listening/.test(outputs.serve);
if (tags.length === 0 || isBroken) {
  process.stderr.write(
    `no compile cache was made; train said\n${outputs.train}\nserve said\n${outputs.serve}\n`,
  );
  process.exitCode = 1;
}

async function runOnce(half: 'train' | 'serve'): Promise<string> {
  const child = spawn(process.execPath, [main, half], {
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: cache,
      SAGEMAKER_BASE_DIR: root,
      SAGEMAKER_BIND_TO_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      if (/^INFO +ready/m.test(output)) child.kill('SIGTERM');
    });
  }
  await new Promise((resolve) => child.once('close', resolve));
  return output;
}
