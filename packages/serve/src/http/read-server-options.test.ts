import { PassThrough } from 'node:stream';
import { readHostingEnvironment } from '@optml/contract/environment';
import { readResources } from '@optml/contract/resources';
import { expect, test } from 'vitest';
import { readServerOptions } from './read-server-options.ts';

test.each([
  [undefined, [], undefined],
  ['--enable-source-maps', [], undefined],
  ['--max-old-space-size=512', [], 448],
  ['--max_old_space_size=512 --no-warnings', [], 448],
  ['--max-heap-size=512', [], 448],
  ['--max-old-space-size=512', ['--max-old-space-size=1024'], 960],
  [undefined, ['--max-old-space-size', '1024'], 960],
  ['--max-old-space-size=32', [], 0],
])(
  'of a heap limit in NODE_OPTIONS (%s) and in the arguments (%j), workers get %s',
  (variable, nodeArguments, left) => {
    const environment = readHostingEnvironment({ NODE_OPTIONS: variable });

    const { workers } = readServerOptions(environment, { stdout: new PassThrough(), nodeArguments });

    expect(workers?.totalHeapMiB).toBe(left);
  },
);

test('a heap limit that is a part of the memory is one, too', () => {
  const environment = readHostingEnvironment({ NODE_OPTIONS: '--max-old-space-size-percentage=50' });

  const { workers } = readServerOptions(environment, { stdout: new PassThrough() });

  expect(workers?.totalHeapMiB).toBe(Math.floor(readResources().memoryBytes / 2 / 1024 ** 2) - 64);
});
