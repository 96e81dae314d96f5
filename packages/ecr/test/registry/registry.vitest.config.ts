import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['**/*.registry-test.ts'], testTimeout: 30_000 },
});
