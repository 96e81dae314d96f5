/** Loads each module of a bundle once, where nothing outside the bundle can be found. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { BundleError } from '../errors.ts';
import { isProgram } from '../project/create-entries.ts';
import type { Project } from '../project/find-project.ts';
import { invalidDefinition, type ProbeFacts, type ProbeReport, probe } from './probe.ts';

/** A module that never finishes loading would keep the build waiting. */
const timeoutMs = 60_000;
const limits = { timeout: timeoutMs, killSignal: 'SIGKILL' } as const;

export interface SmokeOptions {
  /** The folder of the bundle, as it is now. */
  readonly bundle: string;
  /** Where it will be, which its source maps are made for. */
  readonly outputDirectory: string;
  /** The folder of `@optml/entrypoint`, whose packages know a definition when they see one. */
  readonly entrypoint: string;
  /**
   * Where the packages in the bundle's `node_modules` come from, for a bundle of another platform: they are loaded as they
   * are installed, for this one.
   */
  readonly installed: ReadonlyMap<string, { readonly directory: string }>;
}

/**
 * Imports the project's modules as they are in the bundle, each in a process of its own.
 *
 * @throws BundleError `DEFINITION_FAILED`, `DEFINITION_INVALID` or `FILE_MISSING`
 */
export async function smokeTest(project: Project, options: SmokeOptions): Promise<void> {
  const { bundle, entrypoint, installed } = options;
  const locate = (specifier: string) =>
    pathToFileURL(createRequire(join(entrypoint, 'package.json')).resolve(specifier)).href;
  const instead = [...installed].map(([folder, { directory }]) => [
    `${pathToFileURL(join(bundle, 'node_modules', folder)).href}/`,
    `${pathToFileURL(directory).href}/`,
  ]);
  const modules = [
    {
      source: isProgram(project.training) ? undefined : project.training,
      name: 'train',
      specifier: '@optml/train',
      describe: 'describeTraining',
    },
    {
      source: project.predictor,
      name: 'predictor',
      specifier: '@optml/serve/capabilities',
      describe: 'describeCapabilities',
    },
  ];
  await Promise.all([
    assertStarts(join(bundle, 'dist/main.js')),
    ...modules.map(async ({ source, name, specifier, describe }) => {
      if (source === undefined) return;
      const facts = {
        file: pathToFileURL(join(bundle, 'dist', `${name}.js`)).href,
        root: pathToFileURL(bundle).href,
        describer: locate(specifier),
        describe,
        instead,
      };
      const report = await runProbe(facts);
      if (!report.isLoaded) throw explain(report, source, { project, ...options });
    }),
  ]);
}

/** Without a command, an entry point says what it expects. */
async function assertStarts(file: string): Promise<void> {
  // No variables: those of a training job are a command.
  const child = spawn(process.execPath, [file], { env: {}, stdio: ['ignore', 'ignore', 'pipe'], ...limits });
  const [stderr, [exitCode, signal]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (exitCode === 2) return;
  const last =
    stderr
      .trim()
      .split('\n')
      .find((line) => /^\w*Error\b/.test(line)) ?? '';
  const message = `the entry point ended with ${signal ?? `exit code ${exitCode}`} without a command, where 2 was expected${last && `: ${last}`}`;
  throw new BundleError('DEFINITION_FAILED', message, { path: file });
}

/** In an empty folder: a path that is relative to the project's leads nowhere in a container. */
async function runProbe(facts: ProbeFacts): Promise<ProbeReport> {
  const cwd = await mkdtemp(join(tmpdir(), 'optml-smoke-'));
  try {
    return await runProbeIn(cwd, facts);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

async function runProbeIn(cwd: string, facts: ProbeFacts): Promise<ProbeReport> {
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', '--no-warnings', '--input-type=module', '--eval', probe, JSON.stringify(facts)],
    { cwd, stdio: ['ignore', 'ignore', 'pipe', 'pipe'], ...limits },
  );
  const [stderr, said, [exitCode, signal]] = await Promise.all([
    text(child.stderr as NodeJS.ReadableStream),
    text(child.stdio[3] as NodeJS.ReadableStream),
    once(child, 'close'),
  ]);
  if (said !== '') return JSON.parse(said);
  const ending =
    signal === 'SIGKILL'
      ? `was not loaded after ${timeoutMs / 1000} s`
      : `ended the process with ${signal ?? `exit code ${exitCode}`}`;
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return { isLoaded: false, message: last === '' ? ending : `${ending}: ${last}`, stack: stderr };
}

function explain(
  report: ProbeReport,
  source: string,
  { project, bundle, outputDirectory }: SmokeOptions & { readonly project: Project },
): BundleError {
  const name = relative(project.directory, source);
  const { message, code = '', reason } = report;
  if (invalidDefinition.test(code)) {
    const missing = /^\/.* ((?:does not export a|exports) .*)/.exec(message);
    const problem = missing?.[1] ?? `has an invalid definition: ${message}`;
    return new BundleError('DEFINITION_INVALID', `${name} ${problem}`, { path: source });
  }
  const place = findPlace(report.stack ?? '', { project, bundle, outputDirectory });
  const at = place === undefined ? '' : ` (${place})`;
  const isMissing = reason === 'ERR_MODULE_NOT_FOUND' || reason === 'MODULE_NOT_FOUND' || reason === 'ENOENT';
  return isMissing
    ? new BundleError(
        'FILE_MISSING',
        `${name} needs a file that is not in the bundle: ${message}${at}; import it with a literal path, or put the data into the model artifact`,
        { path: source },
      )
    : new BundleError('DEFINITION_FAILED', `${name} cannot be loaded: ${message}${at}`, { path: source });
}

/** Finds the author's first line in a stack, as `src/train.ts:3:7`. */
function findPlace(
  stack: string,
  {
    project,
    bundle,
    outputDirectory,
  }: Pick<SmokeOptions, 'bundle' | 'outputDirectory'> & { readonly project: Project },
): string | undefined {
  for (const [, file, position] of stack.matchAll(/(?:file:\/\/)?(\/[^():\n]+):(\d+:\d+)/g)) {
    const moved = resolve(outputDirectory, 'dist', relative(join(bundle, 'dist'), file as string));
    const inProject = relative(project.directory, moved);
    if (!inProject.startsWith('..') && !/(?:^|\/)(?:node_modules|dist)\//.test(inProject)) {
      return `${inProject}:${position}`;
    }
  }
  return undefined;
}
