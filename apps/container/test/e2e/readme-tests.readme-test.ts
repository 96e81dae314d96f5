/** The README's second command: every test of the workspace, where there is little more than Node and npm. */

import { expect, test } from 'vitest';
import { followCommand, readCommands } from './readme.ts';

test('the README’s second command builds everything and runs every test', {
  timeout: 1_800_000,
}, async () => {
  const [, tests = ''] = await readCommands();

  const { exitCode, output } = await followCommand(tests);

  expect(tests).toMatch(/^npx --yes pnpm@\S+ test$/);
  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/Test Files.*passed/);
});
