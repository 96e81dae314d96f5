/** Says what a job will find, and where each part of it comes from. */

import { type Paths, resolveChannelDirectory } from '@optml/contract/paths';
import { maskEntries } from '@optml/train';
import { holdsFiles } from './folder-print.ts';
import { describeResumption } from './job-checkpoints.ts';
import type { PlannedFile } from './job-configuration.ts';
import type { LocalRoot } from './open-local-root.ts';
import { describeStanding } from './root-record.ts';

/** Describes `root` in lines; `warn` hears of damaged checkpoints. */
export async function describeRoot(
  root: LocalRoot,
  { resume, warn }: { readonly resume: boolean; readonly warn: (message: string) => void },
): Promise<readonly string[]> {
  const { paths, configuration } = root;
  return [
    `root ${paths.root}`,
    describeHyperparameters(configuration.hyperparameters),
    ...describeChannels(root),
    ...describeHosts(configuration.resources),
    ...root.moved.map(({ from, to }) => `moved ${describePlace(paths, from)} of an earlier job to ${to}`),
    ...(await describeCheckpoints(root, { resume, warn })),
  ];
}

/** One line: a value of many lines or characters is shortened. */
const shownCharacters = 80;

function describeHyperparameters({ value = {}, text, path, standing }: PlannedFile): string {
  const texts = Object.entries(value).map(([name, item]) => [
    name,
    typeof item === 'string' ? item : JSON.stringify(item),
  ]);
  const items = Object.entries(maskEntries(Object.fromEntries(texts))).map(([name, written]) => {
    const shown = /\p{Cc}/u.test(written) ? JSON.stringify(written) : written;
    return `${name}=${shown.length > shownCharacters ? `${shown.slice(0, shownCharacters)}...` : shown}`;
  });
  const from = text === undefined ? `${path} (kept: it ${describeStanding(standing)})` : 'the command';
  return items.length === 0 && text !== undefined
    ? 'no hyperparameters given'
    : `hyperparameters from ${from}: ${items.join(', ') || 'none'}`;
}

function describeChannels({ paths, configuration, sources, kept }: LocalRoot): readonly string[] {
  const { value = {}, text, path, standing } = configuration.channels;
  const names = Object.keys(value);
  const lines = names.map((name) => {
    const source = sources.get(name);
    if (source !== undefined) return `channel ${name} from ${source.path}`;
    const folder = resolveChannelDirectory(paths, name);
    const why = kept.get(name);
    return `channel ${name} from ${folder}${why === undefined ? '' : ` (kept: it ${describeStanding(why)})`}`;
  });
  if (text === undefined) lines.unshift(`channels as in ${path} (kept: it ${describeStanding(standing)})`);
  else if (names.length === 0) lines.push('channels none');
  return lines;
}

/** Nothing for one host, unless somebody has described others. */
function describeHosts({ text, path, standing }: PlannedFile): readonly string[] {
  return text === undefined ? [`hosts as in ${path} (kept: it ${describeStanding(standing)})`] : [];
}

/** The folder's name where it is one of the contract's, which is what people call it. */
function describePlace(paths: Paths, path: string): string {
  const names = new Map([
    [paths.model, 'the model'],
    [paths.output, 'the output'],
    [paths.checkpoints, 'the checkpoints'],
  ]);
  return names.get(path) ?? path;
}

async function describeCheckpoints(
  { paths, checkpoints, moved }: LocalRoot,
  { resume, warn }: { readonly resume: boolean; readonly warn: (message: string) => void },
): Promise<readonly string[]> {
  if (resume) return [await describeResumption(paths, checkpoints, warn)];
  if (!checkpoints.isInRoot && (await holdsFiles(checkpoints.path)))
    return [
      `checkpoints in ${checkpoints.path}, outside the root, are left there: the job may continue from them`,
    ];
  const hasMoved = moved.some(({ from }) => from === checkpoints.path);
  return hasMoved ? ['the job starts without checkpoints; --resume would have kept them'] : [];
}
