/** A container's process as number 1 of a process namespace, as it is on the platform. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeJobTree } from '../job-tree.ts';

const supervisor = fileURLToPath(new URL('../fixtures/supervisor.mjs', import.meta.url));

/** Makes an orphan that dies while the program goes on, and looks for what is left of it. */
const program = `
(sh -c 'exit 3' &)
sleep 0.5
for process in /proc/[0-9]*; do
  grep -l '^State:.Z' "$process/status" 2>/dev/null && exit 1
done
echo "no zombies below $(tr '\\0' ' ' < /proc/1/cmdline)"
`;

test('a dead orphan does not stay in the process table of the container', { timeout: 30_000 }, async () => {
  const tree = await makeJobTree({
    hyperparameters: { sagemaker_program: '"train.sh"' },
    code: { 'train.sh': program },
  });

  const namespace = ['--pid', '--fork', '--mount-proc', '--kill-child'];
  const child = spawn('unshare', [...namespace, process.execPath, supervisor, './agrees.ts'], {
    env: { PATH: process.env.PATH, SAGEMAKER_BASE_DIR: tree.root },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  await rm(tree.root, { recursive: true });

  expect(output).toMatch(/^no zombies below .*supervisor\.mjs/m);
  expect(exitCode).toBe(0);
});
