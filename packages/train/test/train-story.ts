/** Plays one job from its tree to its end, for the story tests. */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { runTraining } from '@optml/train';
import { expect, onTestFinished } from 'vitest';
import { type JobTreeOptions, makeJobTree } from './job-tree.ts';

/** Collects output and lets a test act on a line as it comes. */
export function collect(onText: (text: string) => void = () => {}) {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      onText(text);
      done();
    },
  });
  return { stream, text: () => text };
}

export interface Story extends JobTreeOptions {
  readonly stopAtOutput?: string | undefined;
  /** The same for standard error. */
  readonly stopAtError?: string | undefined;
  readonly stopTimeoutMs?: number | undefined;
  readonly blockedAfterMs?: number | undefined;
  readonly peerNamesTimeoutMs?: number | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** Changes the tree before the job starts. */
  readonly prepare?: ((root: string) => Promise<unknown>) | undefined;
  /** Gets all of standard output so far, each time there is more. */
  readonly onOutput?: ((text: string) => void) | undefined;
}

export async function train(fixture: string, story: Story = {}) {
  const tree = await makeJobTree(story);
  onTestFinished(() => rm(tree.root, { recursive: true }));
  await story.prepare?.(tree.root);
  const stop = new AbortController();
  const stdout = collect((text) => {
    story.onOutput?.(text);
    if (story.stopAtOutput !== undefined && text.includes(story.stopAtOutput)) stop.abort();
  });
  const stderr = collect((text) => {
    if (story.stopAtError !== undefined && text.includes(story.stopAtError)) stop.abort();
  });
  const result = await runTraining(new URL(`./fixtures/${fixture}`, import.meta.url), {
    environment: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      NODE_OPTIONS: '--max-old-space-size=64',
      SAGEMAKER_BASE_DIR: tree.root,
      ...story.variables,
    },
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: stop.signal,
    stopTimeoutMs: story.stopTimeoutMs ?? 30_000,
    blockedAfterMs: story.blockedAfterMs,
    peerNamesTimeoutMs: story.peerNamesTimeoutMs,
  });
  // Whatever the ending, what was kept for a failure is given back.
  expect(await readdir(join(tree.root, 'output'))).not.toContain('.failure-reserve');
  return { tree, result, stdout: stdout.text(), stderr: stderr.text() };
}
