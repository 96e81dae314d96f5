import { defineConfig } from 'vitest/config';

/** The tests start threads and processes: on a busy machine that takes seconds, and is no failure. */
export default defineConfig({ test: { testTimeout: 30_000 } });
