/** `optml init`: a folder with a whole project in it. */

import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Environment } from '@optml/contract/environment';
import { createFolder } from '@optml/image/files';
import packageJson from '../../package.json' with { type: 'json' };
import { CliError } from '../errors.ts';
import type { Context } from '../process/context.ts';
import { findTemplate, skippedBuilds, type TemplateName, templates } from '../templates.ts';
import { quoteWord } from '../terminal/quote-word.ts';
import { suggest } from '../terminal/suggest.ts';
import { writeProse, writeResult, writeTo } from '../terminal/write-to.ts';

/** The options of `optml init` as they were typed. */
export interface InitOptions {
  readonly template?: string;
  readonly json?: true;
}

const defaultTemplate: TemplateName = 'tree';

/**
 * Writes a template into a folder that is empty or new, and prints what to type next.
 *
 * @throws CliError `USAGE`, `FOLDER_NOT_EMPTY`, `PROJECT_NOT_WRITTEN`
 */
export async function init(typed: string | undefined, options: InitOptions, context: Context): Promise<void> {
  const folder = resolve(context.workingDirectory, typed ?? '.');
  const given = options.template === undefined ? undefined : parseTemplate(options.template, '--template');
  await assertEmpty(folder);
  const template = given ?? (await askForTemplate(context));
  const workspace = await findWorkspace(dirname(folder));
  const manager = workspace?.isPnpm === true ? 'pnpm' : readManager(context.environment);
  const name = nameProject(folder);
  const files = [...(await readTemplate(template, name)), ...listManagerFiles(manager, template)];
  // In a workspace, a file of that name would make the project one of its own.
  const isLeftOut = (path: string) => workspace !== undefined && path === 'pnpm-workspace.yaml';
  await writeAll(
    folder,
    files.filter(({ path }) => !isLeftOut(path)),
  );
  await writeProse(
    context.stderr,
    `created ${name} in ${folder}, from the template "${template}": ${templates[template]}`,
  );
  for (const note of listWorkspaceNotes(workspace, manager, files)) await writeProse(context.stderr, note);
  const commands = listCommands(template, manager, relative(context.workingDirectory, folder));
  if (options.json === true) return writeResult(context.stdout, { folder, name, template, commands });
  await writeTo(context.stdout, commands.map((command) => `${command}\n`).join(''));
}

function parseTemplate(word: string, place: string): TemplateName {
  if (word in templates) return word as TemplateName;
  const names = Object.keys(templates);
  throw new CliError(
    'USAGE',
    `${place} "${word}" is not a template${suggest(word, names)}: give one of ${names.join(', ')}`,
  );
}

/** A folder with a repository and nothing in it is empty. */
async function assertEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    const reason = cause.code === 'ENOTDIR' ? 'it is a file' : cause.code;
    throw new CliError('USAGE', `cannot create a project in ${folder}: ${reason}; name another folder`, {
      cause,
    });
  });
  const found = names.filter((name) => name !== '.git').sort();
  if (found.length === 0) return;
  const shown = found.slice(0, 3).join(', ') + (found.length > 3 ? ', ...' : '');
  throw new CliError(
    'FOLDER_NOT_EMPTY',
    `cannot create a project in ${folder}: it is not empty (${shown}); name a new folder, for example: optml init my-model`,
  );
}

async function askForTemplate({ stdin, stderr }: Pick<Context, 'stdin' | 'stderr'>): Promise<TemplateName> {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return defaultTemplate;
  const lines = Object.entries(templates).map(([name, text]) => `  ${name.padEnd(10)}${text}\n`);
  await writeTo(stderr, lines.join(''));
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    const answer = (await terminal.question(`template (${defaultTemplate}): `)).trim();
    return answer === '' ? defaultTemplate : parseTemplate(answer, 'the answer');
  } finally {
    terminal.close();
  }
}

type Manager = 'npm' | 'pnpm' | 'yarn';

/** Package managers name themselves to what they run. */
function readManager({ npm_config_user_agent: agent = '' }: Environment): Manager {
  return (['pnpm', 'yarn'] as const).find((name) => agent.startsWith(`${name}/`)) ?? 'npm';
}

/** A name that npm takes. */
function nameProject(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '');
  return name === '' || name === 'node_modules' ? 'my-model' : name.slice(0, 100);
}

interface ProjectFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

async function readTemplate(template: TemplateName, name: string): Promise<readonly ProjectFile[]> {
  const source = findTemplate(template);
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (file) => {
      const content = await readFile(file);
      const inside = relative(source, file);
      if (inside === 'package.json')
        return { path: inside, content: fillManifest(content.toString('utf8'), name) };
      // npm takes neither of these names into a package.
      return { path: inside.replace(/(^|\/)_(gitignore|npmrc)$/, '$1.$2'), content };
    }),
  );
}

/** A template's own versions are those of this optml, with which it was tested. */
function fillManifest(text: string, name: string): string {
  return text
    .replace('"$name"', JSON.stringify(name))
    .replaceAll('"$version"', JSON.stringify(`^${packageJson.version}`));
}

/** What only one package manager needs. */
function listManagerFiles(manager: Manager, template: TemplateName): readonly ProjectFile[] {
  if (manager === 'yarn') return [{ path: '.yarnrc.yml', content: 'nodeLinker: node-modules\n' }];
  if (manager === 'npm') return [];
  const skipped = ['esbuild', ...(skippedBuilds[template] ?? [])];
  const lines = skipped.map((builds) => `  ${builds}: false\n`);
  return [
    {
      path: 'pnpm-workspace.yaml',
      content: `# Install scripts that are not needed here; pnpm would stop at each that is not named.\nallowBuilds:\n${lines.join('')}`,
    },
  ];
}

interface Workspace {
  readonly root: string;
  readonly isPnpm: boolean;
}

/** The workspace of npm, yarn or pnpm that a folder is in. */
async function findWorkspace(folder: string): Promise<Workspace | undefined> {
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => undefined);
  const isPnpm = (await read('pnpm-workspace.yaml')) !== undefined;
  if (isPnpm || /"workspaces"\s*:/.test((await read('package.json')) ?? '')) return { root: folder, isPnpm };
  return dirname(folder) === folder ? undefined : findWorkspace(dirname(folder));
}

/** Package managers read these files only at the root of a workspace. */
function listWorkspaceNotes(
  workspace: Workspace | undefined,
  manager: Manager,
  files: readonly ProjectFile[],
): readonly string[] {
  if (workspace === undefined) return [];
  const name = { npm: '.npmrc', pnpm: 'pnpm-workspace.yaml', yarn: '.yarnrc.yml' }[manager];
  return files
    .filter(({ path }) => path === name)
    .map(({ content }) => {
      const lines = String(content)
        .replace(/^#.*\n/gm, '')
        .trimEnd();
      return `${workspace.root} is a workspace, whose own ${name} counts: before you install, add to it\n${lines}`;
    });
}

/** All or nothing: what was written is removed again when something cannot be. */
async function writeAll(folder: string, files: readonly ProjectFile[]): Promise<void> {
  const made: string[] = [];
  const makeFolder = async (path: string) => {
    const first = findMissing(path);
    if (first !== undefined) made.push(first);
    await createFolder(path);
  };
  try {
    for (const { path, content } of files) {
      const file = join(folder, path);
      await makeFolder(dirname(file));
      await writeFile(file, content, { flag: 'wx' });
      made.push(file);
    }
  } catch (cause) {
    for (const path of made) await rm(path, { recursive: true, force: true });
    throw new CliError(
      'PROJECT_NOT_WRITTEN',
      `cannot create a project in ${folder}: ${(cause as Error).message}; nothing was kept`,
      { cause },
    );
  }
}

/** The uppermost folder of a path that is not there. */
function findMissing(path: string): string | undefined {
  if (existsSync(path)) return undefined;
  return findMissing(dirname(path)) ?? path;
}

function listCommands(template: TemplateName, manager: Manager, path: string): readonly string[] {
  const enter = path === '' ? '' : `cd ${quoteWord(path)} && `;
  const run = manager === 'npm' ? 'npm run' : manager;
  const execute = { npm: 'npx optml', pnpm: 'pnpm optml', yarn: 'yarn optml' }[manager];
  const isTrained = ['tree', 'onnx', 'python'].includes(template);
  return [
    `${enter}${manager} install`,
    ...(isTrained ? [`${run} train`, `${execute} serve`] : [`${execute} serve`, `${execute} build`]),
  ];
}
