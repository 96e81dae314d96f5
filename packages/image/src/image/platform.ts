/** The platform an image is for, written as Docker writes it: `linux/amd64`, `linux/arm64`, `linux/arm/v7`. */

import { ImageError } from '../errors.ts';

/** An operating system and a processor, in Go's words for them. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

const architectures = new Map([
  ['x86_64', 'amd64'],
  ['x64', 'amd64'],
  ['aarch64', 'arm64'],
]);

const known: ReadonlySet<string> = new Set(['amd64', 'arm64', 'arm', 'ppc64le', 's390x', 'riscv64', '386']);

/**
 * Reads a platform; `linux/x86_64` and `linux/aarch64` mean Go's names.
 *
 * @throws ImageError `PLATFORM_INVALID`
 */
export function parsePlatform(text: string): Platform {
  const [os, written = '', variant, ...more] = text.split('/');
  const architecture = architectures.get(written) ?? written;
  const wellFormed = more.length === 0 && (variant === undefined || /^v\d{1,2}$/.test(variant));
  if (os !== 'linux' || !known.has(architecture) || !wellFormed) {
    throw new ImageError(
      'PLATFORM_INVALID',
      `unknown platform "${text}": write it as linux/amd64, or linux/arm64 for Graviton instances`,
    );
  }
  // v8 is what every arm64 is; Docker leaves it out too.
  return { os, architecture, variant: architecture === 'arm64' && variant === 'v8' ? undefined : variant };
}

/** Writes a platform as `parsePlatform` reads it. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}
