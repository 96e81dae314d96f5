/** Stories of jobs that bring their program in a channel, an archive or a folder. */

import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

  test('may be a local archive or folder that the job names', async () => {
    const nameSource = async (root: string, source: string) => {
      const config = join(root, 'input/config/hyperparameters.json');
      const values = JSON.parse(await readFile(config, 'utf8'));
      const named = { ...values, sagemaker_submit_directory: JSON.stringify(source) };
      await writeFile(config, JSON.stringify(named));
    };
    const inFolder = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh'),
      prepare: async (root) => nameSource(root, await makeSource(root)),
    });
    const inArchive = await train('happy.ts', {
      hyperparameters: hyperparameters('train.sh'),
      prepare: async (root) => {
        const target = join(root, 'sent/sourcedir.tar.gz');
        await archive(await makeSource(root), target);
        await nameSource(root, `file://${target}`);
      },
    });

    expect(inFolder.stdout).toBe('unpacked\n');
    expect(inArchive.stdout).toBe('unpacked\n');
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

  test('in S3 is explained, for nothing is downloaded', async () => {
    const { tree, result } = await train('happy.ts', {
      hyperparameters: hyperparameters('train.py', {
        sagemaker_submit_directory: '"s3://bucket/source.tar.gz"',
      }),
    });

    expect(result).toMatchObject({ exitCode: 127, code: 'PROGRAM_MISSING' });
    expect(await tree.failure()).toContain(
      's3://bucket/source.tar.gz (which is not downloaded: bring the code in a channel named code',
    );
  });
});
