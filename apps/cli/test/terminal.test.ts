/** `optml train` in a terminal: a real one, of the kind that terminal emulators make. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { makeFolder } from './run-optml.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const container = fileURLToPath(new URL('../../container/dist/main.js', import.meta.url));
const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url));

/** Runs a command in a terminal of its own, and ends with 0 whatever the command ends with. */
const inTerminal = 'import pty, sys; pty.spawn(sys.argv[1:])';

/** What a person's terminal has: these tests run where `CI` is set, too. */
const { CI: _ci, NO_COLOR: _noColor, FORCE_COLOR: _forceColor, ...inherited } = process.env;
const byHand = { ...inherited, TERM: 'xterm-256color' };

/** Trains the program of the fixtures; resolves to what the screen got. */
async function train(env: NodeJS.ProcessEnv, ...words: string[]): Promise<string> {
  const root = join(await makeFolder(), 'ml');
  const job = { sagemaker_program: 'progress.mjs', sagemaker_submit_directory: fixtures };
  const hyperparameters = Object.entries(job).flatMap(([name, value]) => [
    '--hyperparameter',
    `${name}=${value}`,
  ]);
  const program = [process.execPath, main, 'train', '--root', root, ...hyperparameters, ...words];
  const { stdout } = await promisify(execFile)(
    'python3',
    ['-c', inTerminal, ...program, '--', 'node', container],
    { env },
  );
  return stdout.replaceAll('\r\u001b[2K', '<erased>');
}

const half = /rows \[={15} {15}\] 50 %, \d+ s left<erased>/.source;
const later = /rows \[={22} {8}\] 75 %, \d+ s left<erased>/.source;

test('progress is a bar below the log, which goes when the work is done', async () => {
  const screen = await train(byHand);

  const log = `${half}INFO {2}half of it\r\n(?:${half})?\\[metric\\] loss=0.5\r\n${half}${later}INFO {2}rows 100 % `;
  expect(screen).toMatch(new RegExp(log));
  expect(screen).toMatch(/\r\nmetric loss 0\.5\r\n$/);
  expect(screen).not.toContain(']optml;');
});

test('the bar of a job that fails goes, and its reason is the last word, once', async () => {
  const screen = await train(byHand, '--hyperparameter', 'fails=true');

  expect(screen).toMatch(
    new RegExp(`${later}optml: training failed \\(exit code 1\\): AlgorithmError: no more rows\r\n`),
  );
  expect(screen.match(/no more rows/g)).toHaveLength(1);
});

test('a CI service gets no bar, though it gives its jobs a terminal', async () => {
  const screen = await train({ ...byHand, CI: 'true' });

  expect(screen).not.toContain('50 %');
  expect(screen).toMatch(/INFO {2}half of it\r\n\[metric\] loss=0\.5\r\n/);
});
