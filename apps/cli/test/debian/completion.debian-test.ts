/** zsh and fish complete as they do for a person at the keyboard. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'optml-shells-'));
  await mkdir(join(folder, 'functions'));
  await mkdir(join(folder, 'home'));
  for (const [shell, file] of [
    ['zsh', 'functions/_optml'],
    ['fish', 'optml.fish'],
  ] as const) {
    const { stdout } = await run(process.execPath, [main, 'completion', shell]);
    await writeFile(join(folder, file), stdout);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const environment = () => ({ PATH: process.env.PATH, HOME: join(folder, 'home'), TERM: 'xterm' });

/** A zsh in a terminal of its own: the line is typed, Tab pressed, and the line as it then stands printed. */
async function completeInZsh(line: string): Promise<string> {
  const script = `
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell "PS1=; PS2=; fpath=(${join(folder, 'functions')} \\$fpath); autoload -U compinit; compinit -u -D; zstyle ':completion:*' menu no; unsetopt beep auto_menu"
zpty -w shell 'print-line() { print -r -- "<<$BUFFER>>"; BUFFER=; zle accept-line }; zle -N print-line; bindkey "^X" print-line; print ready-$((1+1))'
zpty -r shell output '*ready-2*'
zpty -w -n shell "$1"$'\\t'
zpty -w -n shell $'\\x18'
zpty -r shell output '*>>*'
print -r -- $output
zpty -d shell
`;
  const { stdout } = await run('zsh', ['-f', '-c', script, 'zsh', line], {
    env: environment(),
    timeout: 30_000,
  });
  return /<<(.*?)>>/.exec(stdout)?.[1] ?? stdout;
}

test.each([
  ['optml tra', 'optml train '],
  ['optml images li', 'optml images lint '],
  ['optml images lint --serv', 'optml images lint --serverless '],
  ['optml schema --format metric', 'optml schema --format metric-definitions '],
])('zsh makes "%s" into "%s"', async (line, completed) => {
  expect(await completeInZsh(line)).toBe(completed);
});

test.each([
  ['optml tra', ['train']],
  ['optml images ', ['repair', 'lint']],
  ['optml images lint --serv', ['--serverless']],
  ['optml schema --format metric', ['metric-definitions']],
  ['optml completion ', ['bash', 'fish', 'zsh']],
])('fish offers after "%s" %j', async (line, wanted) => {
  const { stdout } = await run(
    'fish',
    ['--no-config', '-c', `source ${join(folder, 'optml.fish')}; complete -C ${JSON.stringify(line)}`],
    { env: environment() },
  );

  expect(stdout.split('\n').map((text) => text.split('\t')[0])).toEqual(expect.arrayContaining(wanted));
});
