/**
 * The demonstration: trains the reference container's model, serves it and asks it for predictions, with the very
 * commands that its author types in its folder. Leaves no job behind, only the bundle.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { limits } from '@optml/contract/limits';
import { type Ending, type Subprocess, startSubprocess } from './process/subprocess.ts';
import { quoteWord } from './terminal/quote-word.ts';
import { writeTo } from './terminal/write-to.ts';

const project = fileURLToPath(new URL('../../container', import.meta.url));
const main = fileURLToPath(new URL('./main.js', import.meta.url));
const data = 'data/iris';

/** One flower of each species: sepal length and width, petal length and width, in centimetres. */
const flowers = [
  { species: 'setosa', row: [5.1, 3.5, 1.4, 0.2] },
  { species: 'versicolor', row: [5.7, 2.8, 4.1, 1.3] },
  { species: 'virginica', row: [6.7, 3.3, 5.7, 2.5] },
];

/** Ends everything that the demonstration started. */
const over = new AbortController();
const kill = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => (over.signal.aborted ? kill : over).abort());
}
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const folder = await mkdtemp(join(tmpdir(), 'optml-demo-'));
try {
  await demonstrate(join(folder, 'ml'));
} catch (error) {
  await say(`the demonstration failed: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function demonstrate(root: string): Promise<void> {
  await say('optml here is: node ../cli/dist/main.js, typed in apps/container');
  await say('1/3 train a decision tree on the Iris flowers');
  const inputs = ['training', 'validation'].flatMap((name) => ['--input', `${name}=${data}/${name}`]);
  const trained = await optml(['train', '--root', root, ...inputs, '--hyperparameter', 'max_depth=3']);

  await say('2/3 serve the model');
  const server = await startServer(root);
  try {
    await say('3/3 ask it for predictions, in CSV and in JSON');
    const rows = flowers.map(({ row }) => row);
    await optml(['invoke', '--url', server.url, '--data', rows.map((row) => row.join(',')).join('\n')]);
    const answer = await optml([
      'invoke',
      '--url',
      server.url,
      '--data',
      JSON.stringify({ instances: rows }),
      '--accept',
      'application/json',
    ]);
    await report(trained, answer);
    await say(
      'next: change src/train.ts or src/predictor.ts there and run optml dev, or make a project of your own with optml init',
    );
  } finally {
    over.abort();
    await server.process.ended;
  }
}

async function say(text: string): Promise<void> {
  await writeTo(process.stdout, `\n${text}\n`);
}

/** Runs one command to its end, and resolves to what it printed. */
async function optml(words: readonly string[]): Promise<string> {
  let printed = '';
  const { ended } = await start(words, (text) => {
    printed += text;
  });
  assertDone(words, await ended);
  return printed;
}

async function start(words: readonly string[], onPrinted: (text: string) => void): Promise<Subprocess> {
  await writeTo(process.stdout, `\n$ optml ${words.map(quoteWord).join(' ')}\n`);
  return startSubprocess(
    { file: process.execPath, arguments: [main, ...words], workingDirectory: project },
    {
      environment: process.env,
      async onOutput(lines, source) {
        await writeTo(process[source], lines);
        if (source === 'stdout') onPrinted(lines.toString('utf8'));
      },
      stop: over.signal,
      kill: kill.signal,
      stopTimeoutMs: limits.trainingStopMs,
    },
  );
}

function assertDone(words: readonly string[], { exitCode }: Ending): void {
  if (exitCode !== 0) throw new Error(`optml ${words[0]} ended with exit code ${exitCode}`);
}

async function startServer(root: string): Promise<{ readonly process: Subprocess; readonly url: string }> {
  const words = ['serve', '--root', root, '--port', '0'];
  let onPrinted: (text: string) => void = () => {};
  const printed = new Promise<string>((resolve) => {
    onPrinted = resolve;
  });
  const server = await start(words, onPrinted);
  const outcome = await Promise.race([printed, server.ended]);
  if (typeof outcome === 'string') return { process: server, url: outcome.trim() };
  throw new Error(`optml serve ended with exit code ${outcome.exitCode} before it was ready`);
}

async function report(trained: string, answer: string): Promise<void> {
  const accuracy = /^metric validation:accuracy (\S+)$/m.exec(trained)?.[1];
  if (accuracy === undefined) throw new Error('the training reported no validation:accuracy');
  const { predictions } = JSON.parse(answer) as { predictions: readonly string[] };
  const lines = flowers.map(
    ({ species, row }, index) => `  ${row.join(', ')}  is a ${species}, predicted: ${predictions[index]}\n`,
  );
  await say(`accuracy on the validation data: ${accuracy}`);
  await writeTo(process.stdout, lines.join(''));
  if (flowers.some(({ species }, index) => predictions[index] !== species)) {
    throw new Error('a prediction is wrong');
  }
}
