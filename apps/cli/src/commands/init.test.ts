import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { makeFolder, runOptml } from '../../test/run-optml.ts';
import { templates } from '../templates.ts';

test.each(Object.keys(templates))('the template %s is a whole project of its own', async (template) => {
  const workingDirectory = await makeFolder();

  const { code, out, err } = await runOptml(['init', 'My Model', '--template', template], {
    workingDirectory,
  });

  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining(`template "${template}"`) });
  expect(out.split('\n')).toHaveLength(4);
  expect(out).toMatch(/^cd 'My Model' && npm install\n(npm run|npx optml) .*\nnpx optml .*\n$/);
  const folder = join(workingDirectory, 'My Model');
  const files = await readdir(folder, { recursive: true });
  expect(files).toEqual(
    expect.arrayContaining(['.gitignore', 'README.md', 'src/predictor.ts', 'tsconfig.json']),
  );
  expect(files.filter((file) => /(^|\/)_/.test(file))).toEqual([]);
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  // npm warns of each install script that package.json does not name.
  const scripts = template === 'onnx' ? undefined : { esbuild: false };
  expect(manifest.allowScripts).toEqual(scripts);
  expect(manifest).toMatchObject({ name: 'my-model', devDependencies: { optml: `^${packageJson.version}` } });
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  for (const [, script] of readme.matchAll(/npm run ([\w:]+)/g))
    expect(manifest.scripts).toHaveProperty([script as string]);
});

test.each([
  {
    agent: 'pnpm/12.21.0 npm/? node/v24.21.0',
    file: 'pnpm-workspace.yaml',
    says: '  esbuild: false\n  onnxruntime-node: false\n',
    next: 'pnpm install\npnpm train\npnpm optml serve\n',
  },
  {
    agent: 'yarn/4.9.0 npm/? node/v24.21.0',
    file: '.yarnrc.yml',
    says: 'nodeLinker: node-modules\n',
    next: 'yarn install\nyarn train\nyarn optml serve\n',
  },
])('what $agent needs is written for it', async ({ agent, file, says, next }) => {
  const workingDirectory = await makeFolder();

  const { code, out } = await runOptml(['init', '--template', 'onnx'], {
    workingDirectory,
    environment: { npm_config_user_agent: agent },
  });

  expect({ code, out }).toEqual({ code: 0, out: next });
  expect(await readFile(join(workingDirectory, file), 'utf8')).toContain(says);
});

test.each([
  ['npm', 'package.json', '{"workspaces": ["packages/*"]}', '.npmrc', 'ignore-scripts=true'],
  [
    'pnpm',
    'pnpm-workspace.yaml',
    'packages: ["packages/*"]',
    'pnpm-workspace.yaml',
    'allowBuilds:\n  esbuild: false',
  ],
  ['npm', 'pnpm-workspace.yaml', 'packages: []', 'pnpm-workspace.yaml', 'allowBuilds:\n  esbuild: false'],
  ['yarn', 'package.json', '{"workspaces": ["packages/*"]}', '.yarnrc.yml', 'nodeLinker: node-modules'],
])(
  '%s in a workspace with %s: what only the root can say is told',
  async (agent, root, content, file, line) => {
    const workspace = await makeFolder();
    await mkdir(join(workspace, 'packages'));
    await writeFile(join(workspace, root), content);

    const { code, err } = await runOptml(['init', 'model', '--template', 'onnx'], {
      workingDirectory: join(workspace, 'packages'),
      environment: { npm_config_user_agent: `${agent}/1.0.0 npm/?` },
    });

    expect(code).toBe(0);
    expect(err).toContain(
      `${workspace} is a workspace, whose own ${file} counts: before you install, add to it\n${line}`,
    );
    expect(await readdir(join(workspace, 'packages/model'))).not.toContain('pnpm-workspace.yaml');
  },
);

test('without a terminal nobody is asked: it is the tree', async () => {
  const workingDirectory = await makeFolder();
  await mkdir(join(workingDirectory, '.git'));

  const { code, err } = await runOptml(['init'], { workingDirectory });

  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('the template "tree"') });
  expect(await readdir(join(workingDirectory, 'data/iris'))).toEqual(['training', 'validation']);
});

test.each([
  {
    title: 'a folder that is not empty',
    argv: ['init', 'full'],
    message: /full: it is not empty \(mine\.txt\); name a new folder, for example: optml init my-model\n$/,
  },
  {
    title: 'a file',
    argv: ['init', 'full/mine.txt'],
    message: /mine\.txt: it is a file; name another folder\n$/,
  },
  {
    title: 'an unknown template',
    argv: ['init', 'new', '--template', 'onx'],
    message: /^optml: --template "onx" is not a template \(did you mean "onnx"\?\): give one of tree, onnx, /,
  },
  {
    title: 'a second folder',
    argv: ['init', 'new', 'newer'],
    message: /too many arguments/,
  },
])('$title is refused, and nothing is written', async ({ argv, message }) => {
  const workingDirectory = await makeFolder();
  await mkdir(join(workingDirectory, 'full'));
  await writeFile(join(workingDirectory, 'full/mine.txt'), 'mine');

  const { code, out, err } = await runOptml(argv, { workingDirectory });

  expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringMatching(message) });
  expect(await readdir(workingDirectory, { recursive: true })).toEqual(['full', 'full/mine.txt']);
});
