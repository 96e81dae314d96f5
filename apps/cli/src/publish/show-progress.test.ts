import { PassThrough } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import type { PublishPlan } from '@optml/ecr';
import { expect, test } from 'vitest';
import { createProgressDisplay } from './show-progress.ts';

const layer = {
  region: 'us-east-1',
  repository: 'iris',
  digest: `sha256:${'a'.repeat(64)}`,
  size: 2_000_000,
  mounted: false,
};
const plan = {
  targets: [{ blobs: [{ blob: { descriptor: { size: 2_000_000 } } }] }],
} as unknown as PublishPlan;

async function show(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY });
  const display = createProgressDisplay(stream);
  display.expect(plan);
  display.onEvent({ kind: 'sending', ...layer, sentBytes: 1_000_000 });
  display.onEvent({ kind: 'sent', ...layer, sentBytes: 2_000_000 });
  display.finish();
  return readText(stream.end());
}

test('a terminal gets a bar that grows and goes', async () => {
  const text = await show(true);

  expect(text).toContain('####################--------------------] 1.0 MB of 2.0 MB');
  expect(text).toContain('\noptml: '.slice(1));
  expect(text.endsWith('\r\u001b[2K')).toBe(true);
});

test('anything else gets plain lines, without control characters', async () => {
  expect(await show(false)).toBe('optml: sent sha256:aaaaaaaaaaaa, 2.0 MB, to iris in us-east-1\n');
});
