/** A base image that costs nothing. */

import { join } from 'node:path';
import { buildImage, writeLayout } from '@optml/image';
import { makeFolder } from './run-optml.ts';

/** Makes an OCI layout of an image with nothing in it but a file in the place of Node; it goes when the test ends. */
export async function makeBase(): Promise<string> {
  const folder = await makeFolder();
  const content = Buffer.from('the program');
  const image = await buildImage({
    platform: { os: 'linux', architecture: 'amd64' },
    layers: [
      {
        kind: 'application',
        files: [],
        entries: [{ path: 'usr/local/bin/node', type: 'file', mode: 0o755, size: content.length, content }],
      },
    ],
    run: { environment: { PATH: '/usr/local/bin:/usr/bin:/bin' } },
    layerDirectory: join(folder, 'layers'),
  });
  await writeLayout(image, { path: join(folder, 'base'), name: 'latest' });
  return join(folder, 'base');
}
