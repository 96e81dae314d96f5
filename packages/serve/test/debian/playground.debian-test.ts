import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { source as axeSource } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startReadyServer } from '../start-server.ts';
import { openPage, startBrowser } from './start-browser.ts';

const run = promisify(execFile);
let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser.close());

async function openPlayground(fixture: string) {
  const { server, tell } = await startReadyServer(fixture, { playground: true });
  const watched = await openPage(browser);
  await watched.page.goto(server.url);
  await watched.page.getByText('● ready').waitFor();
  await watched.page.locator('#curl').filter({ hasText: 'curl' }).waitFor();
  return { ...watched, server, tell };
}

test('a form from the schema is filled in, sent, and answered with its latency', async () => {
  const { page, complaints, requests, server } = await openPlayground('houses');

  await page.getByLabel('rooms').fill('3');
  await page.getByLabel('area').fill('80.5');
  await page.getByLabel('heating').selectOption('district');
  await page.getByLabel('garden').check();
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#facts').waitFor();

  expect(await page.locator('#status').textContent()).toBe('200 OK');
  expect(await page.locator('#latency').textContent()).toMatch(/^\d+\.\d ms$/);
  expect(JSON.parse((await page.locator('#reply').textContent()) ?? '')).toEqual({
    predictions: [
      {
        price: 241.5,
        seen: { rooms: 3, area: 80.5, city: 'Bergen', heating: 'district', garden: true, note: '' },
      },
    ],
  });
  expect(complaints).toEqual([]);
  expect(requests.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'))).toEqual([]);
});

test('fields and files are sent as a form, and the same with curl', async () => {
  const { page } = await openPlayground('documents');
  await page.getByLabel('title').fill('@a "b"');
  await page.getByLabel('urgent').check();
  await page
    .getByLabel('scan')
    .setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('png') });

  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#facts').waitFor();

  const shown = JSON.parse((await page.locator('#reply').textContent()) ?? '');
  expect(shown).toEqual({ title: '@a "b"', urgent: true, scan: 'a.png: 3 bytes of image/png' });
  expect(await page.locator('#curl').textContent()).toMatch(
    /--form-string 'title=@a "b"' \\\n {2}--form-string 'urgent=true' \\\n {2}--form 'scan=@"a.png"'$/,
  );
  expect(await page.locator('#sdk').textContent()).toContain(
    'form.append("scan", await openAsBlob("a.png"), "a.png");',
  );
});

test('a request for a chat completion is written as JSON, and its chunks are shown as they arrive', async () => {
  const { page } = await openPlayground('chat-alone');
  const request = { messages: [{ role: 'user', content: 'words a b' }], stream: true };
  const shown = JSON.parse(await page.getByLabel('request (JSON)').inputValue());
  await page.getByLabel('request (JSON)').fill(JSON.stringify(request));

  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#reply').filter({ hasText: 'data: [DONE]' }).waitFor();

  expect(shown).toEqual(request);
  expect(await page.locator('#curl').textContent()).toContain(`--data-binary '${JSON.stringify(request)}'`);
});

test('what is streamed is shown as it arrives, and that it was cut off', async () => {
  const { page, tell } = await openPlayground('streams');
  await page.getByLabel('text', { exact: true }).check();
  await page.locator('#body').fill('{"instances":["steps","a","b"]}');
  await page.locator('#accept').selectOption('text/event-stream');

  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#reply').filter({ hasText: 'data: a' }).waitFor();
  const facts = await page.locator('#facts').isVisible();
  tell('after a');
  await page.locator('#reply').filter({ hasText: 'data: b' }).waitFor();
  tell('after b');
  await page.locator('#facts').filter({ hasText: '18 bytes of text/event-stream' }).waitFor();
  await page.locator('#body').fill('{"instances":["fail","3"]}');
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#problem').filter({ hasText: 'the reply was cut off' }).waitFor();

  expect(facts).toBe(false);
});

test('the curl command that is shown and copied gives the same answer in a shell', async () => {
  const { page } = await openPlayground('commands');
  await page.getByLabel('a form').check();
  await page.getByLabel('instances[0]').fill(`it's "quoted" $HOME \\ é`);
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#facts').waitFor();
  const shown = await page.locator('#reply').textContent();

  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();

  const command = await page.evaluate('navigator.clipboard.readText()');
  const { stdout } = await run('sh', ['-c', String(command)]);
  expect(JSON.parse(stdout)).toEqual(JSON.parse(shown ?? ''));
  expect(JSON.parse(stdout)).toEqual({ predictions: [`it's "quoted" $HOME \\ é`] });
});

test('rows of numbers are a table whose rows and columns can be added and removed', async () => {
  const { page } = await openPlayground('sums');
  await page.getByLabel('row 0, column 0').fill('1.5');
  await page.getByRole('button', { name: 'Add column' }).click();
  await page.getByLabel('row 0, column 1').fill('2');
  await page.getByRole('button', { name: 'Add row' }).click();
  await page.getByLabel('row 1, column 0').fill('-4');
  await page.getByRole('button', { name: 'Remove row 0' }).click();
  await page.keyboard.press('Control+Enter');
  await page.locator('#facts').waitFor();

  expect(JSON.parse((await page.locator('#reply').textContent()) ?? '')).toEqual({ predictions: [-2] });
});

test('columns and labels have the names of the definition, and the request is shown as code of the AWS SDK', async () => {
  const { page } = await openPlayground('flowers');
  const names = await page.getByRole('columnheader').allTextContents();
  await page.getByLabel('row 0, column petal length').fill('6');
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#facts').waitFor();
  const code = (await page.locator('#sdk').textContent()) ?? '';

  expect(names).toEqual(['petal length', 'petal width']);
  expect(await page.locator('#labels').textContent()).toBe('One of: setosa, virginica');
  expect(JSON.parse((await page.locator('#reply').textContent()) ?? '')).toEqual({
    predictions: ['virginica'],
  });
  expect(await page.getByLabel('Accept').textContent()).toContain('not set');
  expect(code).toContain("EndpointName: 'ENDPOINT'");
  expect(code).toContain('ContentType: "application/json"');
  // What it sends is what the page has sent.
  const [, body = ''] = /Body: (.*),$/m.exec(code) ?? [];
  expect(JSON.parse(JSON.parse(body))).toEqual({ instances: [[6, 0]] });
  const checked = run(process.execPath, ['--input-type=module', '--check', '-']);
  checked.child.stdin?.end(code);
  await checked;
});

test('a body is written as text in any type, and a refusal is shown as it is', async () => {
  const { page } = await openPlayground('sums');
  await page.getByLabel('text').check();
  await page.getByLabel('Content-Type').selectOption('text/csv');
  await page.getByLabel('Accept').selectOption('text/csv');
  expect(await page.getByLabel('Body', { exact: true }).inputValue()).toBe('0\n');
  await page.getByLabel('Body', { exact: true }).fill('1,2\n3,petal\n');
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#facts').waitFor();

  expect(await page.locator('#status').textContent()).toBe('400 Bad Request');
  expect(await page.locator('#reply').textContent()).toContain('instances[1][1] is \\"petal\\"');
});

test('a field that is not a number is named and nothing is sent', async () => {
  const { page, requests } = await openPlayground('sums');
  await page.getByLabel('row 0, column 0').fill('');
  await page.getByRole('button', { name: 'Predict' }).click();

  expect(await page.getByRole('alert').textContent()).toBe('instances[0][0] is not a number');
  expect(requests.filter((url) => url.endsWith('/invocations'))).toEqual([]);
});

test.each(['light', 'dark'] as const)(
  'axe finds no barrier in the %s page, before and after a reply',
  async (colorScheme) => {
    const { page } = await openPlayground('houses');
    await page.emulateMedia({ colorScheme });

    const before = await findBarriers(page);
    await page.getByRole('button', { name: 'Predict' }).click();
    await page.locator('#facts').waitFor();

    expect(before).toEqual([]);
    expect(await findBarriers(page)).toEqual([]);
  },
);

async function findBarriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
