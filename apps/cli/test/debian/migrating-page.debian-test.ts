/** What docs/migrating-from-python.md has Python write, the template's predictor reads. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { makeProjectOf } from '../make-project.ts';
import { makeFolder } from '../run-optml.ts';

const page = new URL('../../../../docs/migrating-from-python.md', import.meta.url);
const program = fileURLToPath(new URL('./exported-tree.py', import.meta.url));

test("a tree of scikit-learn that the page's code has written predicts as in Python", async () => {
  const [, code = ''] =
    /^```python run-elsewhere\n(def to_json\(.*?)^```$/ms.exec(await readFile(page, 'utf8')) ?? [];
  const project = await makeProjectOf('tree');
  const modelDirectory = await makeFolder();
  const words = [program, join(project, 'data/iris/training/iris.csv'), modelDirectory];

  const python = promisify(execFile)('/usr/bin/python3', words);
  python.child.stdin?.end(code);
  const { rows, labels } = JSON.parse((await python).stdout);
  const { default: predictor } = await import(join(project, 'src/predictor.ts'));
  const model = await predictor.load({ modelDirectory });

  expect(await predictor.predict(rows, { model })).toEqual(labels);
  expect(new Set(labels)).toEqual(new Set(['setosa', 'versicolor', 'virginica']));
});
