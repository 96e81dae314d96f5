/** Opens channels of a folder of its own for each test of a file. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { InputDataConfig, TrainingConfiguration } from '@optml/contract';
import { resolvePaths } from '@optml/contract/paths';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Channel } from '../src/data/channel.ts';
import type { ChannelDeclaration } from '../src/data/channel-declaration.ts';
import { type OpenedChannels, openChannels } from '../src/data/open-channels.ts';

/** What `inputdataconfig.json` says of a channel; File mode where it says nothing. */
export type Entry = Partial<InputDataConfig[string]>;

let root: string;
let lines: string[];

/** Gives each test of the file a folder of its own: files share the modules of a worker, not their hooks. */
export function useChannelTree(): void {
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'optml-channel-'));
    lines = [];
  });
  afterEach(() => rm(root, { recursive: true }));
}

/** The messages of the log so far. */
export const logged = (): readonly string[] => lines;

/** Where a path below `input/data` is. */
export const locate = (path: string): string => join(root, 'input/data', path);

export async function write(path: string, content: string | Uint8Array): Promise<string> {
  const file = locate(path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

export function open(
  declarations: Record<string, ChannelDeclaration>,
  config: Record<string, Entry>,
  initConfig?: TrainingConfiguration['initConfig'],
): Promise<OpenedChannels> {
  const full = Object.entries(config).map(([name, entry]) => [name, { TrainingInputMode: 'File', ...entry }]);
  return openChannels(declarations, Object.fromEntries(full), {
    paths: resolvePaths(root),
    signal: new AbortController().signal,
    runId: undefined,
    initConfig,
    log: { info: (message) => lines.push(message) },
  });
}

/** Opens the channel `training`, with which nothing may be wrong. */
export async function openOne(declaration: ChannelDeclaration = {}, entry: Entry = {}): Promise<Channel> {
  const { channels, problems } = await open({ training: declaration }, { training: entry });
  expect(problems).toEqual([]);
  return channels.training as Channel;
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
