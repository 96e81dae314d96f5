/**
 * Loaded before a JavaScript or TypeScript program of the job's (`node --import`): when the program's default
 * export turns out to be a definition, it is run; a plain script is left alone. Reports what the program
 * throws, so that the failure file can quote more than its last words.
 */

import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { definedHook, type TrainingDefinition } from './definition/define-training.ts';
import { describeFailure } from './failures/describe-failure.ts';
import { type ChildStart, startVariable } from './job/child-start.ts';

const { [startVariable]: start = '{}' } = process.env;
delete process.env[startVariable];

process.on('uncaughtExceptionMonitor', (error) => {
  if (process.connected) process.send?.({ kind: 'optml:failed', report: describeFailure(error) });
});
process.channel?.unref();

const openBefore = process.getActiveResourcesInfo();
let isAsked = false;
(globalThis as Record<symbol, unknown>)[definedHook] = () => {
  if (isAsked) return;
  isAsked = true;
  void runIfDefinition();
};

async function runIfDefinition(): Promise<void> {
  const program = pathToFileURL(process.argv[1] as string).href;
  // The program is being evaluated already: this waits for it and runs nothing twice.
  const load = async () => ((await import(program)) as { default?: unknown }).default as TrainingDefinition;
  const { isTrainingDefinition } = await import('./definition/define-training.ts');
  if (!isTrainingDefinition(await load())) return;
  process.send?.({ kind: 'optml:alive' });
  const { runInChild } = await import('./child/run-in-child.ts');
  await runInChild(load, JSON.parse(start) as ChildStart, openBefore);
}
