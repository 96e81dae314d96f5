/** What a project says of its image: `"optml": {"image": {...}}` of the nearest package.json that has it. */

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { CliError } from '../errors.ts';
import { findDeclaration } from '../find-declaration.ts';
import type { Surroundings } from '../surroundings.ts';

const fileSchema = z.strictObject({
  /** A file or folder, from the folder of the package.json; the last part may have a `*`, for any letters. */
  from: z
    .string()
    .regex(/^[^*]*[^/]*$/, 'expected a path, with a * in its last part only')
    .min(1),
  /** Where in the image; a folder's content goes there, a file goes into a target that ends with a slash. */
  to: z.string().regex(/^\//, 'expected a path from the root of the image, such as /app'),
  /** Of the files, in octal, as in "0755". */
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'expected an octal mode such as "0755"')
    .optional(),
  /** Which layer it belongs to: those that change more often stand higher. */
  layer: z.enum(['dependencies', 'model', 'application']).optional(),
  /** Left out without a word where it is not there. */
  optional: z.boolean().optional(),
});

const imageSchema = z.strictObject({
  /** Of the image; default: the package's name without its scope. */
  name: z
    .string()
    .regex(/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/, 'expected a repository name such as "my-model"')
    .optional(),
  base: z.string().min(1).optional(),
  files: z.array(fileSchema).min(1),
  /** The built predictor module, whose capability labels SageMaker must find on the image. */
  predictor: z.string().min(1).optional(),
  /** Patterns of what to leave out, as in .dockerignore. */
  ignore: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).min(1).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  workingDirectory: z.string().regex(/^\//, 'expected an absolute path').optional(),
  user: z.string().optional(),
  exposedPorts: z.array(z.string().regex(/^\d{1,5}(\/(tcp|udp))?$/)).optional(),
});

/** A file or folder of the image, as it is declared. */
export type DeclaredFile = z.output<typeof fileSchema>;

/** An image as it is declared. */
export interface ImageDeclaration extends z.output<typeof imageSchema> {
  readonly name: string;
  /** The folder that paths start from. */
  readonly folder: string;
}

/**
 * Finds the declaration from the current folder upwards. A string in its place names the folder of the package that
 * has it, so that a workspace's root can point to its container.
 *
 * @throws CliError `PROJECT_INVALID`
 */
export async function readImageDeclaration(
  surroundings: Pick<Surroundings, 'workingDirectory' | 'programFile'>,
): Promise<ImageDeclaration> {
  const found = await findDeclaration('image', (value) => value, surroundings);
  if (found === undefined) {
    throw new CliError(
      'PROJECT_INVALID',
      `no image is declared: no package.json at or above ${surroundings.workingDirectory} has "optml": {"image": {"files": [...]}}; add it, as in apps/container/package.json of optml`,
    );
  }
  if (typeof found.value !== 'string') return check(found.value, found.folder);
  const folder = resolve(found.folder, found.value);
  return check((await readPackage(folder)).optml?.image, folder);
}

async function check(value: unknown, folder: string): Promise<ImageDeclaration> {
  const file = join(folder, 'package.json');
  const result = imageSchema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => {
      const place = ['optml.image', ...path].join('.').replace(/\.(\d+)/g, '[$1]');
      return `${place}: ${message}`;
    });
    throw new CliError('PROJECT_INVALID', `${file}: ${problems.join('; ')}`);
  }
  const name = result.data.name ?? (await readPackage(folder)).name?.replace(/^@[^/]*\//, '') ?? 'image';
  return { ...result.data, name, folder };
}

interface Package {
  readonly name?: string;
  readonly optml?: { readonly image?: unknown };
}

async function readPackage(folder: string): Promise<Package> {
  const file = join(folder, 'package.json');
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new CliError('PROJECT_INVALID', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}
