import { expect, test } from 'vitest';
import { readReply, startServer } from './start-server.ts';

test('the playground is a page that may load nothing from anywhere else', async () => {
  const { server } = await startServer('sums', { playground: true });

  const response = await fetch(`${server.url}/`);

  const page = await response.text();
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(policy).toMatch(
    /^default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-[\w+/]{43}='; connect-src 'self';/,
  );
  expect(page.match(/(?:src|href)="[^"]*"/g)).toEqual([
    'href="data:,"',
    'href="/openapi.json"',
    'href="/metrics"',
  ]);
  expect(page).not.toMatch(/https?:|@import|[: ]url\(/);
});

test('without the option, / belongs to the author', async () => {
  const { server } = await startServer('sums');

  const response = await fetch(`${server.url}/`);

  expect(response.status).toBe(404);
  expect((await readReply(response)).error.code).toBe('ROUTE_NOT_FOUND');
});
