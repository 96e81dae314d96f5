/** The section on adapters of docs/serving.md, held against a server. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startReadyServer } from './start-server.ts';

const document = await readFile(new URL('../../../docs/serving.md', import.meta.url), 'utf8');
const section = /^## Adapters$(.*?)^## /ms.exec(document)?.[1] ?? '';
const readBlock = (language: string) => section.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';

test('its predictor is the one that is tested', async () => {
  const fixture = await readFile(new URL('./fixtures/added-weights.ts', import.meta.url), 'utf8');

  expect(fixture.slice(fixture.indexOf('import'))).toBe(readBlock('ts').replace('// src/predictor.ts\n', ''));
});

test('its commands load, name, list and unload an adapter', async () => {
  const { server, modelDirectory: cwd } = await startReadyServer('added-weights');
  const commands = readBlock('sh').replaceAll('http://127.0.0.1:8080', server.url);

  const { stdout } = await promisify(execFile)('sh', ['-ec', commands.replaceAll('\ncurl', '\necho\ncurl')], {
    cwd,
  });

  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers).toEqual([
    { status: 'Adapter fr registered' },
    { predictions: [5] },
    { adapters: [{ name: 'fr', src: `${cwd}/adapters/fr`, pin: false }] },
    { status: 'Adapter fr unregistered' },
  ]);
});
