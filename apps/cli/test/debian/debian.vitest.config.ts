/** Runs the tests that need programs of Debian, which `run-debian-tests.sh` installs. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/debian/*.debian-test.ts'],
    testTimeout: 60_000,
  },
});
