/** Stories of programs that neither Node nor Python runs by its suffix: their first line says how they are run. */

import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { train } from './train-story.ts';

const trainWith = (program: string, text: string, prepare?: (root: string) => Promise<unknown>) =>
  train('happy.ts', {
    hyperparameters: { sagemaker_program: JSON.stringify(program), name: '"a value"' },
    code: { [program]: text },
    prepare,
  });

describe('the first line of a file without a suffix of Node or Python', () => {
  test.each([
    ['t.sh', '#!/bin/bash -e\nfalse\necho on\n', 1, ''],
    ['t.sh', '#!/bin/bash -eu\necho "$1 $2"\necho "$unset"\necho on\n', 1, '--name a value\n'],
    ['t.bash', '#! /bin/bash \t -e \t\nfalse\necho on\n', 1, ''],
    ['train', '#!/usr/bin/env -S bash -e -u\necho "$2"; false; echo on', 1, 'a value\n'],
    [
      't.sh',
      '#!/usr/bin/env python3\nimport sys\nprint(sys.argv[1:])\nsys.exit(7)',
      7,
      "['--name', 'a value']\n",
    ],
    ['T.SH', '#!/usr/bin/env sh\necho "$@"; exit 9', 9, '--name a value\n'],
    ['t.sh', '#!/bin/sh\ntest -z "$BASH_VERSION" && echo no bash; exit 4', 4, 'no bash\n'],
    ['deep/t.job', '#!/usr/bin/env node\nconsole.log(process.argv[3]); process.exit(3)', 3, 'a value\n'],
  ])('of %s runs it as the kernel would: %j', async (program, text, exitCode, output) => {
    const { result, stdout } = await trainWith(program, text);

    expect(result.exitCode).toBe(exitCode);
    expect(stdout).toBe(output);
  });

  test.each([
    ['t.sh', 'words=("$@"); echo "$2 $words"\n'],
    ['train', '\n#!/bin/false\nwords=("$@"); echo "$2 $words"\n'],
    ['t.job', '#!\nwords=("$@"); echo "$2 $words"\n'],
  ])('is that of bash in %s when it names nothing: %j', async (program, text) => {
    const { result, stdout } = await trainWith(program, text);

    expect(result).toEqual({ exitCode: 0 });
    expect(stdout).toBe('a value --name\n');
  });

  test('is not needed by a program of the machine', async () => {
    const { result, stdout } = await trainWith('train', '', async (root) => {
      const program = join(root, 'code/train');
      await copyFile('/bin/echo', program);
      await chmod(program, 0o644);
    });

    expect(result).toEqual({ exitCode: 0 });
    expect(stdout).toBe('--name a value\n');
  });
});

describe('a file that cannot be made executable', () => {
  // No mode of what lies in /proc can be changed, not even by root; this name may have fifteen characters.
  const unchangeable = `/proc/${process.pid}/comm`;
  let ownName: string;

  beforeAll(async () => {
    ownName = await readFile(unchangeable, 'utf8');
  });

  afterAll(() => writeFile(unchangeable, ownName));

  const trainUnchangeable = async (text: string) => {
    await writeFile(unchangeable, text);
    return train('happy.ts', { hyperparameters: { sagemaker_program: JSON.stringify(unchangeable) } });
  };

  test('is run by the interpreter that its first line names, with its flags', async () => {
    const { result, stdout } = await trainUnchangeable('#!/bin/cat -n');

    expect(result).toEqual({ exitCode: 0 });
    expect(stdout).toBe('     1\t#!/bin/cat -n\n');
  });

  test.each([
    ['#!/no/ruby', 127, /exists but its interpreter \/no\/ruby is not in the image/],
    ['#!/bin/sh\r', 127, /has Windows line endings \(CRLF\): Linux looks for interpreter "\/bin\/sh\\r"/],
  ])('and whose first line is %j is told what is wrong with it', async (text, exitCode, reason) => {
    const { tree, result } = await trainUnchangeable(text);

    expect(result).toMatchObject({ exitCode, code: 'PROGRAM_INVALID' });
    expect(await tree.failure()).toMatch(reason);
  });
});

describe('a file that cannot be run as it is', () => {
  test.each([
    ['t.sh', '#!/opt/absent/ruby\n', 127, /its interpreter \/opt\/absent\/ruby is not in the image/],
    ['train', '#!/usr/bin/env -S absent-ruby -w\n', 127, /its interpreter absent-ruby is not in the image/],
    ['train', '#!/usr/bin/env -S A=1 absent-ruby\n', 127, /its interpreter absent-ruby is not in the image/],
    ['t.sh', '#!/etc/passwd\n', 126, /its interpreter \/etc\/passwd is not executable/],
    ['t.sh', '#!/etc\n', 126, /its interpreter \/etc is not executable/],
  ])('as %s for want of its interpreter is told so: %j', async (program, text, exitCode, reason) => {
    const { tree, result } = await trainWith(program, text);

    expect(result).toMatchObject({ exitCode, code: 'PROGRAM_INVALID' });
    expect(await tree.failure()).toMatch(reason);
  });

  test.each([
    ['t.sh', 'false\r\necho on\r\n'],
    ['t.sh', '#!/bin/sh\r\nfalse\r\necho on\r\n'],
    ['t.sh', '#!/bin/sh\nfalse\r\necho on\r\n'],
    ['t.sh', '#!/bin/bash -e\r\necho on\r\n'],
    ['t.bash', '#!/usr/bin/env bash\r\necho on\r\n'],
    ['train', '#!/usr/bin/env -S bash -e\r\necho on\r\n'],
    ['train', '#!/usr/bin/env python3\r\nprint("on")\r\n'],
    ['train', '#!/bin/sh\n\n# a line that an editor has changed\nfalse\r\nexport A=1\r\nexit 0\r\n'],
    ['train', '#!/bin/sh\nset -e\nfalse || true\necho no more than these lines\r\nfalse\r\n'],
  ])('as %s because of Windows line ends fails with the fix: %j', async (program, text) => {
    const { tree, result, stdout } = await trainWith(program, text);

    expect(result).toMatchObject({ code: 'PROGRAM_INVALID' });
    expect(result.exitCode).not.toBe(0);
    expect(await tree.failure()).toMatch(
      /^UserError: .* has Windows line endings \(CRLF\).*convert it with sed/s,
    );
    expect(stdout).not.toContain('on\r');
  });

  test.each([
    ['UTF-8', Buffer.from('\ufeff#!/bin/bash -e\nfalse\necho on\n')],
    ['UTF-8', Buffer.from('\ufeffecho on\n')],
    ['UTF-16', Buffer.from('\ufeff#!/bin/bash -e\nfalse\necho on\n', 'utf16le')],
    ['UTF-16', Buffer.from('\ufeffecho on\n', 'utf16le').swap16()],
  ])('because of a byte order mark of %s is refused', async (encoding, bytes) => {
    const { tree, result, stdout } = await trainWith('t.sh', '', (root) =>
      writeFile(join(root, 'code/t.sh'), bytes),
    );

    expect(result).toMatchObject({ exitCode: 126, code: 'PROGRAM_INVALID' });
    expect(await tree.failure()).toContain(`begins with a ${encoding} byte order mark`);
    expect(stdout).toBe('');
  });

  test('is told from one that gives itself the exit code of what is missing', async () => {
    const { result } = await trainWith('t.sh', '#!/bin/bash\nexit 127\n');

    expect(result).toMatchObject({ exitCode: 127, code: 'TRAINING_CRASHED' });
  });

  test('because it was built for another CPU is told so', async () => {
    const { tree, result } = await trainWith('train', '', async (root) => {
      const bytes = await readFile('/bin/true');
      bytes.writeUInt16LE(0x7fff, 18);
      await writeFile(join(root, 'code/train'), bytes);
    });

    expect(result).toMatchObject({ code: 'PROGRAM_INVALID' });
    expect(await tree.failure()).toContain('has a format or CPU architecture that this machine cannot run');
  });
});

test.each(['t.py', 't.js', 't.mjs'])('%s is run whatever its line ends are', async (program) => {
  const interpreter = program === 't.py' ? 'python3' : 'node';
  const print = program === 't.py' ? 'print' : 'console.log';
  const { result, stdout } = await trainWith(program, `#!/usr/bin/env ${interpreter}\r\n${print}("on")\r\n`);

  expect(result).toEqual({ exitCode: 0 });
  expect(stdout).toBe('on\n');
});
