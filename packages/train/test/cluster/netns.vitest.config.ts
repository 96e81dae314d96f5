/** Runs the tests that need root and network namespaces, which `run-netns-tests.sh` prepares. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/cluster/*.netns-test.ts'],
  },
});
