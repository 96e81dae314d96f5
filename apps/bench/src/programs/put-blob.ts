/** Uploads a file as a blob, and prints the peak of this process's memory in bytes. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { createRegistry } from '@optml/image';

const [host = '', repository = '', file = '', digest = '', size = ''] = process.argv.slice(2);
const descriptor = {
  mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  digest,
  size: Number(size),
};
/** As a layer that is published: what is read is compared with its digest on the way. */
async function* open() {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk);
    yield chunk;
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw new Error(`${file} is not ${digest}`);
}
await createRegistry({ host }).putBlob({ descriptor, open }, { repository });
const status = await readFile('/proc/self/status', 'utf8');
process.stdout.write(String(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024));
