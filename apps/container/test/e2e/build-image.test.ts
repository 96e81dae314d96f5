import { expect, test } from 'vitest';
import { explainBuildFailure } from './build-image.ts';

test.each([
  [
    'the legacy builder',
    'Step 9/23 : RUN pnpm fetch\nwrite /var/lib/docker/tmp/x: no space left on device\n',
  ],
  [
    'npm in colours',
    '\u001b[91mnpm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write\u001b[0m\n',
  ],
  ['a program in the build', '[ENOSPC] ENOSPC: no space left on device, write\nThe command returned 1\n'],
  [
    'pnpm, which breaks lines',
    'Error: Failed to write to file at\n  "/home/node/.local/share/pnpm": No space left\n  on device (os error 28)\n',
  ],
])('a disk that fills is told from the words of %s, with what to do', (_, output) => {
  const error = explainBuildFailure(output, 'node:24-slim');

  expect(error.code).toBe('DISK_FULL');
  expect(error.message).toMatch(/no space left.*about 3 GB.*OPTML_E2E_DIRECTORY/i);
  expect(error.message).not.toContain('\u001b');
});

test.each([
  'pull access denied for nothing-here, repository does not exist or may require docker login',
  'ERROR: nothing-here: failed to resolve source metadata for docker.io/library/nothing-here:latest',
  'manifest for node:0-slim not found: manifest unknown: manifest unknown',
])('a base image that does not exist is told from %j', (output) => {
  const error = explainBuildFailure(output, 'nothing-here');

  expect(error.code).toBe('BASE_IMAGE_MISSING');
  expect(error.message).toContain('"nothing-here"');
  expect(error.message).toContain(output);
});

test('any other failure is shown by the last lines of the build', () => {
  const lines = Array.from({ length: 60 }, (_, index) => `line ${index}.`).join('\n');

  const error = explainBuildFailure(lines, 'node:24-slim');

  expect(error.code).toBe('BUILD_FAILED');
  expect(error.message).toContain('line 59.');
  expect(error.message).not.toContain('line 39.');
});
