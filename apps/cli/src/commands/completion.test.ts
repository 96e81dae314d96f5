import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { runOptml } from '../../test/run-optml.ts';

/** What bash offers after a line of words, the last of which is being typed. */
async function complete(...words: string[]): Promise<readonly string[]> {
  const { out } = await runOptml(['completion', 'bash']);
  const script = `${out}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _optml; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-euc', script, 'bash', ...words]);
  return stdout.split('\n').filter(Boolean);
}

test('bash completes commands, options, values of one of a few, and leaves the rest to files', async () => {
  const [commands, inner, options, values, shells, files, after] = await Promise.all([
    complete('optml', 'co'),
    complete('optml', 'images', ''),
    complete('optml', 'images', 'lint', '--ser'),
    complete('optml', 'schema', '--format', 'metric'),
    complete('optml', 'completion', ''),
    complete('optml', 'train', '--root', ''),
    complete('optml', 'serve', '--', '--p'),
  ]);

  expect(commands).toEqual(['config', 'completion']);
  expect(inner).toEqual(expect.arrayContaining(['repair', 'lint']));
  expect(options).toEqual(['--serverless']);
  expect(values).toEqual(['metric-definitions']);
  expect(shells).toEqual(['bash', 'zsh', 'fish']);
  expect([files, after]).toEqual([[], []]);
});

test('a shell that is not known is told which there are', async () => {
  const { code, err } = await runOptml(['completion', 'tcsh']);

  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('bash, zsh, fish') });
});
