import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder, runOptml } from '../../test/run-optml.ts';

test('--version --json has every version of the tool, Node and the folder’s packages', async () => {
  const folder = await makeFolder();
  await mkdir(join(folder, 'node_modules/@optml/serve'), { recursive: true });
  await writeFile(join(folder, 'node_modules/@optml/serve/package.json'), '{"version":"9.8.7"}');

  const { code, out } = await runOptml(['--version', '--json'], { workingDirectory: folder });
  const plain = await runOptml(['--version']);

  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    ok: true,
    data: { optml: plain.out.trim(), node: process.versions.node, packages: { '@optml/serve': '9.8.7' } },
  });
});
