/** The platform an image is for, written as Docker writes it: `linux/amd64`, `linux/arm64`. */

import { ImageError } from '../errors.ts';

/** An operating system and a processor, in Go's words for them. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** The processors of SageMaker's instances, by their names in Go and elsewhere. */
const architectures = new Map([
  ['amd64', 'amd64'],
  ['x86_64', 'amd64'],
  ['x64', 'amd64'],
  ['arm64', 'arm64'],
  ['aarch64', 'arm64'],
  // What every arm64 is; Docker leaves it out too.
  ['arm64/v8', 'arm64'],
]);

/**
 * Reads a platform that SageMaker has instances of; `linux/x86_64` and `linux/aarch64` mean Go's names.
 *
 * @throws ImageError `PLATFORM_INVALID`
 */
export function parsePlatform(text: string): Platform {
  const [os, ...rest] = text.split('/');
  const architecture = architectures.get(rest.join('/'));
  if (os === 'linux' && architecture !== undefined) return { os, architecture };
  throw new ImageError(
    'PLATFORM_INVALID',
    `unknown platform "${text}": give linux/amd64, or linux/arm64 for Graviton instances; SageMaker has no others`,
  );
}

/** Writes a platform as `parsePlatform` reads it. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}
