/** docs/troubleshooting.md and the tables of `optml explain` say the same. */

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { renderTroubleshooting } from '../src/explain/render-troubleshooting.ts';

test('docs/troubleshooting.md is what the tables say', async () => {
  const page = await readFile(new URL('../../../docs/troubleshooting.md', import.meta.url), 'utf8');

  expect(page).toBe(renderTroubleshooting());
});
