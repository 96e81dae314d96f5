/** The section on sessions of docs/serving.md, held against a server. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startReadyServer } from './start-server.ts';

const document = await readFile(new URL('../../../docs/serving.md', import.meta.url), 'utf8');
const section = /^## Sessions$(.*?)^## /ms.exec(document)?.[1] ?? '';
const readBlock = (language: string) => section.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';

test('its predictor is the one that is tested', async () => {
  const fixture = await readFile(new URL('./fixtures/conversations.ts', import.meta.url), 'utf8');

  expect(fixture.slice(fixture.indexOf('import'))).toBe(readBlock('ts').replace('// src/predictor.ts\n', ''));
});

test('its commands open a session, use it twice and close it', async () => {
  const { server, lines } = await startReadyServer('conversations');
  const commands = readBlock('sh').replaceAll('http://127.0.0.1:8080', server.url);

  const { stdout } = await promisify(execFile)('sh', [
    '-ec',
    `${commands.replaceAll(/\n(?=curl)/g, '\necho\n')}`,
  ]);

  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers).toEqual([{ texts: ['one'] }, { texts: ['one', 'two'] }, {}]);
  expect(lines).toContainEqual({ level: 'info', message: 'a conversation has ended', fields: { texts: 2 } });
});
