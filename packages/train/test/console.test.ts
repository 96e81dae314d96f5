/** What a job tells the program that shows its log. */

import { expect, test } from 'vitest';
import { takeConsoleLines } from '../src/job/console-line.ts';
import { train } from './train-story.ts';

const manyNames = Object.fromEntries(
  Array.from({ length: 60 }, (_, index) => [`unknown_name_${index}`, '1']),
);

test('the whole reason is told once, masked, and not logged besides', async () => {
  const { tree, stderr } = await train('happy.ts', {
    hyperparameters: { ...manyNames, api_key: 'hunter2hunter2' },
    variables: { OPTML_CONSOLE: 'log' },
  });

  const { log, lines } = takeConsoleLines(Buffer.from(stderr));
  expect(lines).toEqual([
    { kind: 'failure', text: expect.stringMatching(/^UserError: \d+ problems with the job:/) },
  ]);
  expect(lines[0]?.text).toContain('unknown_name_59');
  expect(stderr).not.toContain('hunter2');
  expect(log.toString()).not.toContain('unknown_name');
  expect((await tree.failure()).length).toBeLessThan(lines[0]?.text.length ?? 0);
});

test('where the author has written the reason, the log has the other one', async () => {
  const { tree, stderr } = await train('happy.ts', {
    hyperparameters: { sagemaker_program: 'train.sh' },
    code: { 'train.sh': 'printf mine > "$SAGEMAKER_BASE_DIR/output/failure"; exit 3' },
    variables: { OPTML_CONSOLE: 'log' },
  });

  expect(await tree.failure()).toBe('mine');
  expect(takeConsoleLines(Buffer.from(stderr)).lines).toEqual([]);
  expect(stderr).toMatch(/ERROR training failed: .*train.sh ended with exit code 3/);
});
