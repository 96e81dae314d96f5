import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readStoredBody } from './read-stored-body.ts';

test('a body that no buffer can hold is refused as too large', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'optml-stored-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'body');
  const handle = await open(file, 'w');
  await handle.truncate(3 * 1024 ** 3);
  await handle.close();

  const reading = readStoredBody({ file, sizeBytes: 3 * 1024 ** 3, digest: '' });

  await expect(reading).rejects.toMatchObject({
    code: 'BODY_TOO_LARGE',
    message: expect.stringMatching(/3221225472 bytes/),
  });
});
