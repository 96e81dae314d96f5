/** Runs the tests that need what `install-native.sh` installs. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/native/*.native-test.ts'],
    testTimeout: 30_000,
  },
});
