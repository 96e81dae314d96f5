/** `optml check`: what would go wrong later, found now. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lintImage } from '@optml/ecr/lint';
import { describeCapabilities } from '@optml/serve/capabilities';
import { describeTraining } from '@optml/train';
import { listServerVariables, serverVariables } from '../configuration/server-variables.ts';
import { CliError } from '../errors.ts';
import { buildProjectImage, type ProjectImageOptions } from '../image/build-project-image.ts';
import type { NetworkOptions } from '../image/network.ts';
import type { Context } from '../process/context.ts';
import { startSubprocess } from '../process/subprocess.ts';
import { bundleCurrent } from '../project/bundle-current.ts';
import { type OpenProject, openProject } from '../project/open-project.ts';
import { formatFinding } from '../publish/assert-lint.ts';
import { translateEcrErrors } from '../publish/translate-ecr-errors.ts';
import { writeProse, writeResult, writeTo } from '../terminal/write-to.ts';

/** The options as they were typed. */
export interface CheckOptions extends NetworkOptions {
  readonly base?: string;
  readonly platform?: string;
  /** False with `--no-lint`. */
  readonly lint: boolean;
  readonly json?: true;
}

/** How a check went, in a few words; a failure is thrown. */
type Check = () => Promise<string>;

/**
 * Checks the types, loads the definitions, describes them, and lints the image that would be built. All are tried, and a
 * line is printed for each.
 *
 * @throws CliError `CHECK_FAILED`, or what opening the project throws
 */
export async function check(options: CheckOptions, context: Context): Promise<void> {
  const { stdout, stderr, stop: signal } = context;
  const project = await openProject(context.workingDirectory);
  await writeProse(stderr, `checking ${project.name}, in ${project.directory}`);
  const checks: readonly (readonly [string, Check])[] = [
    ['types', () => checkTypes(project, context)],
    ['definitions', () => checkDefinitions(project, context)],
    ['image', () => checkImage(project, { ...context, signal, flags: options })],
  ];
  const results: Result[] = [];
  for (const [name, run] of checks) {
    const result = await run().then(
      (message): Result => ({ name, status: 'ok', message }),
      (error: Error & { readonly code?: string }): Result => {
        if (typeof error.code !== 'string') throw error;
        return { name, status: 'error', message: error.message };
      },
    );
    const { status, message } = result;
    const isKnown = results.some((earlier) => earlier.message === message);
    if (status === 'error' && !isKnown) await writeProse(stderr, `${name}: ${message}`);
    results.push(result);
    if (options.json === true) continue;
    await writeTo(stdout, `${name.padEnd(13)}${status === 'ok' ? message : 'failed'}\n`);
  }
  const failed = results.filter(({ status }) => status === 'error').map(({ name }) => name);
  if (failed.length > 0) {
    throw new CliError('CHECK_FAILED', `${failed.join(', ')} failed: what each found is printed above`, {
      facts: { checks: results },
    });
  }
  if (options.json === true) await writeResult(stdout, { checks: results });
}

/** How a check ended, and what it says of that. */
interface Result {
  readonly name: string;
  readonly status: 'ok' | 'error';
  readonly message: string;
}

/** By the project's own TypeScript; the options are its tsconfig.json's, or those that Node itself works by. */
async function checkTypes(
  project: OpenProject,
  { stderr, environment, stop, kill }: Pick<Context, 'stderr' | 'environment' | 'stop' | 'kill'>,
): Promise<string> {
  const { directory } = project;
  const compiler = findCompiler(directory);
  if (compiler === undefined)
    return 'not checked: typescript is not installed (npm install --save-dev typescript)';
  const hasConfig = existsSync(join(directory, 'tsconfig.json'));
  const files = [project.training, project.predictor].flatMap((file) =>
    file === undefined || file.endsWith('.py') ? [] : [file],
  );
  const defaults = [
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--strict',
    '--skipLibCheck',
    '--allowImportingTsExtensions',
  ];
  const words = hasConfig
    ? ['--project', '.']
    : [...defaults, ...files.map((file) => relative(directory, file))];
  const tsc = await startSubprocess(
    { file: process.execPath, arguments: [compiler, '--noEmit', ...words], workingDirectory: directory },
    { environment, onOutput: (lines) => writeTo(stderr, lines), stop, kill, stopTimeoutMs: 1_000 },
  );
  if ((await tsc.ended).exitCode === 0) return 'ok';
  throw new CliError('CHECK_FAILED', 'TypeScript found the errors above');
}

function findCompiler(directory: string): string | undefined {
  try {
    const manifest = createRequire(join(directory, 'package.json')).resolve('typescript/package.json');
    return join(dirname(manifest), 'bin/tsc');
  } catch {
    return undefined;
  }
}

/** What `optml schema` prints is tried, and told in a few words. */
async function checkDefinitions(
  project: OpenProject,
  { environment, stderr }: Pick<Context, 'environment' | 'stderr'>,
): Promise<string> {
  const { directory } = await bundleCurrent(project, { smokeTest: true, stderr });
  const words: string[] = [];
  if (project.training?.endsWith('.py')) words.push('a Python program');
  else if (project.training !== undefined) {
    const { hyperparameters, metricDefinitions } = await describeTraining(
      pathToFileURL(join(directory, 'dist/train.js')),
    );
    const { properties = {} } = hyperparameters as { readonly properties?: object };
    words.push(
      `training with ${count(Object.keys(properties), 'hyperparameter')} and ${count(metricDefinitions, 'metric')}`,
    );
  }
  if (project.predictor !== undefined) {
    const module = pathToFileURL(join(directory, 'dist/predictor.js'));
    await describeCapabilities(module);
    words.push('a predictor');
    // An empty variable is as good as none.
    const configured = listServerVariables(project.loaded.config);
    const batching = Object.values(serverVariables).find(
      (name) => name.startsWith('OPTML_BATCHING_') && (environment[name] || configured[name]),
    );
    if (batching !== undefined && (await import(module.href)).default?.predictBatch === undefined) {
      const advice = 'write predictBatch in place of predict, or leave out the batching';
      await writeProse(
        stderr,
        `warning: batching is configured, and the predictor has no predictBatch: ${advice}`,
      );
    }
  }
  return `ok: ${words.join(', ')}`;
}

function count(things: readonly unknown[], noun: string): string {
  return `${things.length} ${noun}${things.length === 1 ? '' : 's'}`;
}

async function checkImage(
  project: OpenProject,
  options: ProjectImageOptions & { readonly flags: CheckOptions },
): Promise<string> {
  const { flags, stderr, signal } = options;
  if (!flags.lint) return 'not checked: --no-lint';
  const findings = await translateEcrErrors('IMAGE_NOT_BUILT', async () => {
    const { image, layerDirectory } = await buildProjectImage(project, options);
    return lintImage(image, { layerDirectory, mediaType: image.manifestType, signal });
  });
  for (const finding of findings) await writeTo(stderr, `${formatFinding(finding)}\n`);
  if (findings.some(({ severity }) => severity === 'error'))
    throw new CliError('LINT_FAILED', 'SageMaker would not run this image');
  return findings.length === 0 ? 'ok' : `ok, with ${count(findings, 'warning')}`;
}
