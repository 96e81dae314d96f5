/** Finds what an author writes: `package.json`, `src/train.ts`, `src/predictor.ts`. */

import { access, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BundleError } from '../errors.ts';
import { adviseRenaming, findMisnamed, type Misnamed } from './find-misnamed.ts';

/** A project: at least one of its two modules is there. */
export interface Project {
  /** The folder of `package.json`; absolute. */
  readonly directory: string;
  /** From `package.json`, or the name of the folder. */
  readonly name: string;
  readonly version?: string | undefined;
  /** The absolute path of `src/train.ts`, or of `src/train.py`. */
  readonly training?: string | undefined;
  /** The absolute path of `src/predictor.ts`. */
  readonly predictor?: string | undefined;
  /** The absolute path of `src/main.ts`, where the author wrote the entry point. */
  readonly main?: string | undefined;
  /** Absolute paths of modules beside `training` and `predictor` that have their names and another suffix: nothing uses them. */
  readonly unused?: readonly string[] | undefined;
  /** What is probably meant as the half that the project does not have, such as `src/predict.ts`. */
  readonly misnamed?: readonly Misnamed[] | undefined;
}

const suffixes = ['.ts', '.mts', '.js', '.mjs'];

/**
 * Finds the project in `directory`, and in no other folder: `src/train` and `src/predictor` with the suffix `.ts`,
 * `.mts`, `.js` or `.mjs`: the first that is there counts; training can be a Python program, `src/train.py`, too. An
 * `src/main` is the entry point when it speaks of `@optml/entrypoint`.
 *
 * @throws BundleError `PROJECT_NOT_FOUND` without a package.json, `PROJECT_INVALID` for one that cannot be read,
 *   `PROJECT_EMPTY` without either module, `PLUG_AND_PLAY` where yarn keeps packages in archives
 */
export async function findProject(directory: string): Promise<Project> {
  const folder = resolve(directory);
  const { name, version } = await readManifest(folder);
  await refusePlugAndPlay(folder);
  const [[training, ...trainings], [predictor, ...predictors], [main]] = await Promise.all([
    findModules(folder, 'train', [...suffixes, '.py']),
    findModules(folder, 'predictor', suffixes),
    findModules(folder, 'main', suffixes),
  ]);
  const misnamed = await findMisnamed(folder, [
    ...(training === undefined ? (['training'] as const) : []),
    ...(predictor === undefined ? (['predictor'] as const) : []),
  ]);
  if (training === undefined && predictor === undefined) {
    const advice = adviseRenaming(misnamed) ?? 'write one of them';
    const message = `${folder} has neither src/train.ts nor src/predictor.ts: ${advice}, or run "optml init" in an empty folder`;
    throw new BundleError('PROJECT_EMPTY', message, { path: folder });
  }
  return {
    directory: folder,
    name: typeof name === 'string' && name !== '' ? name : basename(folder),
    version: typeof version === 'string' ? version : undefined,
    training,
    predictor,
    main: main !== undefined && (await isEntryPoint(main)) ? main : undefined,
    unused: [...trainings, ...predictors],
    ...(misnamed.length > 0 && { misnamed }),
  };
}

async function readManifest(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const path = join(folder, 'package.json');
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') {
      throw new BundleError('PROJECT_INVALID', `cannot read ${path}: ${cause.message}`, { path, cause });
    }
    const message = `${folder} is not an optml project: it has no package.json; run "optml init" to make one, or change to the folder of your project`;
    throw new BundleError('PROJECT_NOT_FOUND', message, { path: folder, cause });
  });
  try {
    const manifest: unknown = JSON.parse(text);
    if (typeof manifest === 'object' && manifest !== null) return manifest as Record<string, unknown>;
  } catch (cause) {
    const message = `${path} is not valid JSON: ${(cause as Error).message}`;
    throw new BundleError('PROJECT_INVALID', message, { path, cause });
  }
  throw new BundleError('PROJECT_INVALID', `${path} is ${text.trim()}: expected a JSON object`, { path });
}

/** Yarn marks the root of such a workspace with the resolver that takes the place of `node_modules`. */
async function refusePlugAndPlay(folder: string): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    if (await exists(join(at, '.pnp.cjs'))) {
      const message = `${at} uses yarn's Plug'n'Play, which keeps packages in archives: native modules and worker threads need real files; write "nodeLinker: node-modules" into ${join(at, '.yarnrc.yml')} and run "yarn install"`;
      throw new BundleError('PLUG_AND_PLAY', message, { path: at });
    }
    if (dirname(at) === at) return;
  }
}

/** All of them, the one that counts first. */
async function findModules(
  folder: string,
  name: string,
  allowed: readonly string[],
): Promise<readonly string[]> {
  const files = allowed.map((suffix) => join(folder, 'src', `${name}${suffix}`));
  const areThere = await Promise.all(files.map(exists));
  return files.filter((_, index) => areThere[index]);
}

async function isEntryPoint(file: string): Promise<boolean> {
  return (await readFile(file, 'utf8')).includes('@optml/entrypoint');
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
