/** Runs the tests that need a container engine, which `main.ts` prepares: those of the suite that it names. */

import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: [`test/e2e/*.${process.env.OPTML_E2E_SUITE ?? 'e2e'}-test.ts`],
    // Nearly all of the time is the containers', which have the machine's few cores to share.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
