/** The section on several models of docs/serving.md, held against a server. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startModels } from './start-models.ts';

const document = await readFile(new URL('../../../docs/serving.md', import.meta.url), 'utf8');
const section = /^## Several models$(.*?)^## /ms.exec(document)?.[1] ?? '';
const readBlock = (language: string) => section.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';

test('its predictor is the one that is tested', async () => {
  const fixture = await readFile(new URL('./fixtures/line.ts', import.meta.url), 'utf8');

  expect(fixture.slice(fixture.indexOf('import'))).toBe(readBlock('ts'));
});

test('its commands load, invoke, list and unload a model', async () => {
  const { server, addModel, modelsDirectory } = await startModels('line');
  await addModel('a', { slope: 2, offset: 1 });
  const commands = readBlock('sh')
    .replaceAll('$PWD/tree/models', modelsDirectory)
    .replaceAll('http://127.0.0.1:8080', server.url)
    .trim()
    .split('\n');

  const answers: unknown[] = [];
  for (const command of commands) {
    const { stdout } = await promisify(execFile)('sh', ['-c', command]);
    answers.push(JSON.parse(stdout));
  }

  const modelUrl = join(modelsDirectory, 'a/model');
  expect(answers).toEqual([{}, { predictions: [7] }, { models: [{ modelName: 'a', modelUrl }] }, {}]);
});
