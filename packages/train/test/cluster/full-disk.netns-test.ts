/** A job that fills its disk: a small one of its own, which needs root to make. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeJobTree } from '../job-tree.ts';

const supervisor = fileURLToPath(new URL('../fixtures/supervisor.mjs', import.meta.url));

/** The disk is there as long as this shell, which tells what the job has left on it. */
const shell = `
mount -t tmpfs -o size=64k tmpfs "$SAGEMAKER_BASE_DIR/output"
"$@" 2>&1
echo "exit code $?"
df --output=avail "$SAGEMAKER_BASE_DIR/output"
cat "$SAGEMAKER_BASE_DIR/output/failure"
`;

test('the failure file of a job that has filled the disk has its text', { timeout: 30_000 }, async () => {
  const tree = await makeJobTree({
    hyperparameters: { sagemaker_program: '"train.sh"' },
    code: { 'train.sh': 'cat /dev/zero > "$SAGEMAKER_BASE_DIR/output/checkpoint"; exit 3' },
  });

  const child = spawn('unshare', ['--mount', '/bin/sh', '-c', shell, 'sh', process.execPath, supervisor], {
    env: { PATH: process.env.PATH, SAGEMAKER_BASE_DIR: tree.root },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  await rm(tree.root, { recursive: true });

  expect(output).toMatch(
    /exit code 3\nAvail\n +0\nUserError: the disk is full \(now 0 bytes of 64 KiB free at \/.*\/output[,)]/,
  );
});
