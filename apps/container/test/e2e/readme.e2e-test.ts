/** What a newcomer does first, on a machine that has Node and npm and nothing else. */

import { expect, test } from 'vitest';
import { followCommand, readCommands } from './readme.ts';

test('the README’s first command trains, serves and invokes on Node and npm alone', {
  timeout: 400_000,
}, async () => {
  const [demo = ''] = await readCommands();

  const { exitCode, output } = await followCommand(demo);

  expect(demo).toMatch(/^npx --yes pnpm@\S+ demo$/);
  expect(exitCode, output).toBe(0);
  expect(output).toContain('setosa');
});
