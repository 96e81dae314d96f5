/** Stories of jobs that bring their program in a channel, an archive or a folder. */

import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { train } from './train-story.ts';

const run = promisify(execFile);

const hyperparameters = (program: string, others: Readonly<Record<string, string>> = {}) => ({
  sagemaker_program: JSON.stringify(program),
  sagemaker_job_name: '"job"',
  ...others,
});

describe('the source of a program', () => {
  const archive = async (folder: string, target: string, ...more: string[]) => {
    await mkdir(join(target, '..'), { recursive: true });
    await run('tar', ['czf', target, ...more, '-C', folder, '.']);
  };
  const makeSource = async (root: string) => {
    const folder = join(root, 'source');
    await mkdir(folder);
    await writeFile(join(folder, 'train.sh'), 'echo unpacked');
    return folder;
  };

  test('may be an archive in the channel named code', async () => {
    const { stdout } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh'),
      inputDataConfig: { code: {} },
      prepare: async (root) =>
        archive(await makeSource(root), join(root, 'input/data/code/sourcedir.tar.gz')),
    });

    expect(stdout).toBe('unpacked\n');
  });

  const nameSource = async (root: string, source: string) => {
    const config = join(root, 'input/config/hyperparameters.json');
    const values = JSON.parse(await readFile(config, 'utf8'));
    const named = { ...values, sagemaker_submit_directory: JSON.stringify(source) };
    await writeFile(config, JSON.stringify(named));
  };

  test.each([
    ['a folder', 'source', (path: string) => path],
    ['a folder whose name looks like an escape', 'a%20b', (path: string) => path],
    ['an archive', 'sent/sourcedir.tar.gz', (path: string) => path],
    ['a URL of an archive', 'sent/sourcedir.tar.gz', (path: string) => `file://${path}`],
    ['a URL with escapes', 'my code/Zoë #1', (path: string) => pathToFileURL(path).href],
    ['a URL of an archive with escapes', '100% mine/code.tar.gz', (path: string) => pathToFileURL(path).href],
    ['a URL of this very host', 'source', (path: string) => `FILE://localhost${path}/`],
    ['a URL with one slash', 'source', (path: string) => `file:${path}`],
  ])('may be local, named as %s', async (_, place, name) => {
    const { result, stdout } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh'),
      prepare: async (root) => {
        const source = await makeSource(root);
        const target = join(root, 'named', place);
        await mkdir(join(target, '..'), { recursive: true });
        if (target.endsWith('.tar.gz')) await archive(source, target);
        else await rename(source, target);
        await nameSource(root, name(target));
      },
    });

    expect(result).toEqual({ exitCode: 0 });
    expect(stdout).toBe('unpacked\n');
  });

  test.each([
    ['file://server/code', 'file://server/code (which is not a file on this machine: '],
    ['file:///code%2Fsub', 'file:///code%2Fsub (which is not a file on this machine: '],
    ['file:///code%zz', 'file:///code%zz (which is not a file on this machine: '],
    [
      'https://example.com/a.tar.gz',
      'https://example.com/a.tar.gz (which is not downloaded: bring the code in',
    ],
    ['s3://bucket/a.tar.gz', 's3://bucket/a.tar.gz (which is not downloaded: bring the code in'],
    ['/nowhere/code', '/nowhere/code (which does not exist)'],
    ['file:///no%20where', '/no where (which does not exist)'],
  ])('is told apart from what is not local: %s', async (source, message) => {
    const { result, tree } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh', { sagemaker_submit_directory: JSON.stringify(source) }),
    });

    expect(result).toMatchObject({ exitCode: 127, code: 'PROGRAM_MISSING' });
    expect(await tree.failure()).toContain(message);
  });

  test('that has the program deeper is searched for its path, which works', async () => {
    const job = (program: string) => ({
      hyperparameters: hyperparameters(program),
      inputDataConfig: { code: {} },
      prepare: async (root: string) => {
        await makeSource(root);
        const target = join(root, 'input/data/code/sourcedir.tar.gz');
        await mkdir(join(target, '..'), { recursive: true });
        await run('tar', ['czf', target, '-C', root, 'source']);
      },
    });

    const { result, tree } = await train('happy.ts', job('train.sh'));
    const [, suggestion = ''] = /did you mean (\S+)\?/.exec(await tree.failure()) ?? [];
    const { stdout } = await train('happy.ts', job(suggestion));

    expect(result).toMatchObject({ exitCode: 127, code: 'PROGRAM_MISSING' });
    expect(suggestion).toBe('source/train.sh');
    expect(stdout).toBe('unpacked\n');
  });

  test('is refused whole when an entry leads out of its folder', async () => {
    const { tree, result } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh'),
      prepare: async (root) => {
        const folder = await makeSource(root);
        await writeFile(join(root, 'outside'), 'x');
        const target = join(root, 'input/data/code/sourcedir.tar.gz');
        await mkdir(join(target, '..'), { recursive: true });
        await run('tar', ['czPf', target, '-C', folder, '../outside', 'train.sh']);
      },
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'SOURCE_INVALID' });
    expect(await tree.failure()).toContain('has the entry "../outside", which leads out of its folder');
  });

  const archiveLinks = (links: Readonly<Record<string, string>>) => async (root: string) => {
    const folder = await makeSource(root);
    await mkdir(join(folder, 'lib'));
    await writeFile(join(folder, 'train.sh'), 'cat lib/data.txt');
    await writeFile(join(folder, 'data.txt'), 'linked');
    for (const [path, target] of Object.entries(links)) await symlink(target, join(folder, path));
    await archive(folder, join(root, 'input/data/code/sourcedir.tar.gz'));
  };

  test('may have links that stay in its folder', async () => {
    const { result, stdout } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh'),
      prepare: archiveLinks({ 'lib/data.txt': '../data.txt', 'lib/up': '..' }),
    });

    expect(result).toEqual({ exitCode: 0 });
    expect(stdout).toBe('linked');
  });

  test.each([
    [{ 'lib/out': '../../data.txt' }],
    [{ out: '/etc/passwd' }],
    [{ out: '..' }],
    // Each of them stays inside by its words alone.
    [{ here: '.', out: 'here/here/../..' }],
  ])('is refused when its links are %j', async (links) => {
    const { result, tree } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh'),
      prepare: archiveLinks(links),
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'SOURCE_INVALID' });
    expect(await tree.failure()).toMatch(/has the entry "\S+out", which leads out of its folder/);
  });

  test('is refused when it is damaged', async () => {
    const { result } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh'),
      files: { 'code/sourcedir.tar.gz': 'no archive' },
    });

    expect(result).toMatchObject({ exitCode: 1, code: 'SOURCE_INVALID' });
  });
});
