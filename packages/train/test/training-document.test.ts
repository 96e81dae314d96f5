/** docs/training.md and the code know the same hyperparameters of the Python toolkit, and the same of each. */

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { toolkitHyperparameters } from '../src/hyperparameters/toolkit-hyperparameters.ts';

const document = await readFile(new URL('../../../docs/training.md', import.meta.url), 'utf8');

test('every hyperparameter of the toolkit is in the table with what becomes of it', () => {
  const [, section = ''] = document.split(/^## Hyperparameters of the Python toolkit$/m);
  const rows = section.split(/^## /m)[0]?.matchAll(/^\| `(\w+)` \| (\w+) \| (.+) \|$/gm) ?? [];

  const documented = [...rows].map(([, name, fate, meaning]) => [name, { fate, meaning }]);

  expect(documented).toEqual(
    Object.entries(toolkitHyperparameters).map(([name, { fate, meaning, needs }]) => [
      name,
      { fate, meaning: needs === undefined ? meaning : `${meaning}; needs \`${needs}\`` },
    ]),
  );
});
