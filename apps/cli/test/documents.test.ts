/** The pages lead where they say, and the tutorial does what it says. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startFakeEcr } from '@optml/ecr/testing';
import { expect, onTestFinished, test } from 'vitest';
import { makeBase } from './make-base.ts';
import { makeProjectOf } from './make-project.ts';
import { testEnvironment } from './run-optml.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const main = join(root, 'apps/cli/dist/main.js');
const pages = globSync(['*.md', 'docs/**/*.md', '{apps,packages}/*/README.md'], { cwd: root });

/** The name that GitHub gives to a heading. */
function nameAnchor(heading: string): string {
  const text = heading.replace(/[`*]/g, '').replace(/\[(.*?)\]\(.*?\)/g, '$1');
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/** What is outside of blocks of code. */
function readProse(markdown: string): string {
  return markdown
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/^ {4}.*$/gm, '')
    .replace(/`[^`\n]*`/g, '');
}

test('every relative link leads to a page and a heading that exist, and every other one is an address', async () => {
  const texts = new Map(
    await Promise.all(pages.map(async (page) => [page, await readFile(join(root, page), 'utf8')] as const)),
  );
  const anchorsOf = (page: string) => {
    const headings = (texts.get(page) ?? '').replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm);
    return [...headings].map(([, heading = '']) => nameAnchor(heading));
  };
  const broken: string[] = [];

  for (const [page, text] of texts) {
    for (const [, target = ''] of readProse(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) {
        if (!URL.canParse(target)) broken.push(`${page}: ${target}`);
        continue;
      }
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : relative(root, resolve(root, dirname(page), path));
      const isThere = globSync(file === '' ? '.' : file, { cwd: root }).length > 0;
      const isKnown = anchor === undefined || anchorsOf(file).includes(anchor);
      if (!isThere || !isKnown) broken.push(`${page}: ${target}`);
    }
  }

  expect(broken).toEqual([]);
});

test('every file that the pages on the code name is there, and every folder of the command line is listed', async () => {
  const read = async (page: string) =>
    (await readFile(join(root, page), 'utf8')).replace(/^```[\s\S]*?^```$/gm, '');
  const missing: string[] = [];

  for (const page of ['docs/architecture.md', ...globSync('docs/decisions/*.md', { cwd: root })]) {
    for (const [, file = ''] of (await read(page)).matchAll(/`([\w-]+(?:\/[\w-]+)+\.(?:ts|mjs))`/g)) {
      const places = globSync([file, `{apps,packages}/*/src/${file}`], { cwd: root });
      if (places.length === 0) missing.push(`${page}: ${file}`);
    }
  }
  const [, rooms = ''] = (await read('docs/architecture.md')).split('## The rooms of the command line');
  const folders = globSync('apps/cli/src/*/', { cwd: root }).map((folder) => basename(folder));

  expect(missing).toEqual([]);
  expect([...rooms.matchAll(/`([\w-]+)\/`/g)].map(([, room]) => room).sort()).toEqual(folders.sort());
});

/** The blocks of shell commands of a page, with the word after `sh` that says who runs them. */
async function readShellBlocks(
  page: string,
): Promise<readonly { readonly mark: string; readonly text: string }[]> {
  const markdown = await readFile(join(root, page), 'utf8');
  const blocks = markdown.matchAll(/^```sh ?(\S*)\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, mark = '', text = '']) => ({ mark, text }));
}

test('every shell command of the guides is a whole one', async () => {
  for (const page of ['docs/tutorial.md', 'docs/migrating-from-python.md', 'docs/deploying.md']) {
    for (const { text } of await readShellBlocks(page)) {
      await expect(promisify(execFile)('bash', ['-n', '-c', text])).resolves.toMatchObject({ stderr: '' });
    }
  }
});

test('the tutorial is what it says, from the empty folder to the requests', async () => {
  const ecr = await startFakeEcr();
  onTestFinished(() => ecr.close());
  const project = await makeProjectOf('tree');
  const blocks = await readShellBlocks('docs/tutorial.md');
  const serve = blocks.find(({ mark }) => mark === 'terminal');
  const commands = blocks.filter(({ mark }) => mark === '').map(({ text }) => text);
  const environment = {
    ...testEnvironment,
    HOME: project,
    ...ecr.environment,
    // The registry of the default base is not to be had in a test.
    OPTML_BASE: `oci:${await makeBase()}`,
    NODE: process.execPath,
    MAIN: main,
  };
  // What npx would find in the project, and what npm would install there, are here already.
  const start = `set -euo pipefail
npm() { ln -s ${project}/node_modules node_modules; }
npx() { if [[ $2 == invoke ]]; then "$NODE" "$MAIN" "\${@:2}" --url "$URL"; else "$NODE" "$MAIN" "\${@:2}"; fi; }
`;
  const run = (text: string, more = {}) =>
    promisify(execFile)('bash', ['-c', start + text], { cwd: project, env: { ...environment, ...more } });
  const [made, trained, asked, ...rest] = commands as [string, string, string, ...string[]];

  await run(`${made}${trained}`);
  const server = spawn(
    'bash',
    ['-c', `cd my-model && exec "$NODE" "$MAIN" ${serve?.text.trim().replace('npx optml ', '')} --port 0`],
    {
      cwd: project,
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  onTestFinished(() => void server.kill('SIGTERM'));
  const [address] = (await once(server.stdout, 'data')) as [Buffer];
  const answers = await run(`cd my-model\n${asked}`, { URL: address.toString().trim() });
  const { stdout } = await run(
    `cd my-model\n${rest.join('\n')}\ncat training-job.json model.json endpoint-config.json endpoint.json`,
  );

  expect(answers.stdout).toMatch(/^setosa\s+\{"predictions":\["virginica"\]\}\s*$/);
  expect(stdout).toContain('123456789012.dkr.ecr.us-east-1.amazonaws.com/my-model@sha256:');
  const [model] = /\{\n {2}"ModelName"[\s\S]*?^\}/m.exec(stdout) ?? [];
  expect(JSON.parse(model ?? '{}')).toMatchObject({
    ModelName: 'iris-1',
    PrimaryContainer: { Image: expect.stringMatching(/\/my-model@sha256:[0-9a-f]{64}$/) },
    ExecutionRoleArn: 'arn:aws:iam::123456789012:role/sagemaker',
  });
}, 180_000);
