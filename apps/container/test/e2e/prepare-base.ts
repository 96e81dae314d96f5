/** Decides on the image to build on: the one that was named, the official one, or one that is made here. */

import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describeMissingBase, explainFullDisk } from './build-image.ts';
import { docker, runCommand } from './docker.ts';
import { E2eError } from './e2e-error.ts';

const officialImage = 'node:24-slim';

export interface BaseImage {
  readonly name: string;
  /** False when it was there before and is to stay. */
  readonly isOurs: boolean;
}

export interface BaseOptions {
  /** `BASE_IMAGE`, when somebody chose one. */
  readonly chosen: string | undefined;
  /** Keeps the root file system that was made, for the next run. */
  readonly cacheDirectory: string;
  readonly isRoot: boolean;
  /** Debian packages that one made here has beside those that Node needs. */
  readonly packages: readonly string[];
  readonly say: (text: string) => void;
}

/** @throws E2eError `BASE_IMAGE_MISSING`, `DISK_FULL`. */
export async function prepareBase(options: BaseOptions): Promise<BaseImage> {
  const { chosen, isRoot, say } = options;
  const name = chosen ?? officialImage;
  const { exitCode } = await runCommand('docker', ['image', 'inspect', name]);
  if (exitCode === 0) return { name, isOurs: false };
  say(`pulling ${name}`);
  const pulled = await runCommand('docker', ['pull', name]);
  if (pulled.exitCode === 0) return { name, isOurs: true };
  const reason = pulled.stderr.trim();
  if (chosen !== undefined) throw new E2eError('BASE_IMAGE_MISSING', describeMissingBase(chosen, reason));
  const canMake = isRoot && (await runCommand('dpkg-deb', ['--version'])).exitCode === 0;
  if (!canMake) throw new E2eError('BASE_IMAGE_MISSING', describeMissingBase(name, reason));
  say(`${name} cannot be pulled here (${reason.split('\n').at(-1)}): a base of Debian's packages stands in`);
  return { name: await importBase(options), isOurs: true };
}

async function importBase({ cacheDirectory, packages, say }: BaseOptions): Promise<string> {
  const tag = ['node', process.versions.node, ...packages].join('-');
  const name = `optml-e2e-base:${tag}`;
  const script = fileURLToPath(new URL('engine/make-base-image.sh', import.meta.url));
  const version = createHash('sha256')
    .update(await readFile(script))
    .digest('hex');
  const file = join(cacheDirectory, `base-${tag}-${version.slice(0, 8)}.tar`);
  const isCached = await access(file).then(
    () => true,
    () => false,
  );
  if (!isCached) {
    say(`making ${file}`);
    const { exitCode, stderr } = await runCommand(script, [process.execPath, file, ...packages]);
    if (exitCode !== 0) {
      const fullDisk = explainFullDisk(stderr);
      if (fullDisk !== undefined) throw fullDisk;
      const message = `a base image cannot be made of Debian's packages either: ${stderr.trim().split('\n').slice(-5).join('\n')}`;
      throw new E2eError('BASE_IMAGE_MISSING', message);
    }
  }
  const config = [
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
    'CMD ["node"]',
  ];
  await docker('import', ...config.flatMap((line) => ['--change', line]), file, name);
  return name;
}
