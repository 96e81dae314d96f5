/**
 * Finds in an error the name of a variable or of a channel that the job does not have, and tells those that it has.
 * A program that was written for one job is often run by another, whose channel is `training` and not `train`, or under
 * another root than `/opt/ml`.
 */

import { readFile } from 'node:fs/promises';
import { findClosest } from '../hyperparameters/suggest-name.ts';
import type { EndingFacts } from './explanation.ts';
import type { FinalError } from './find-final-error.ts';

/** Without the full stop of a sentence; a placeholder such as `SM_CHANNEL_<name>` is not a name. */
const variable = /(?<!\w)SM_[\w.-]*\w(?![\w<{*])/g;
const namesListed = 20;
/** Of the places in the author's files, innermost first. */
const filesRead = 3;

/** Whether a line that no language printed as an error complains of a variable: by bash, dash, busybox or an author. */
export function isVariableComplaint(line: string): boolean {
  return (
    /: SM_\w+: /.test(line) ||
    /\bSM_[\w.-]+\b.*\b(?:not set|unset|missing|undefined|required|not defined|not found|unbound)\b/i.test(
      line,
    )
  );
}

/** Whether a line complains of a file below a channel's folder. */
export function isChannelComplaint(line: string, facts: EndingFacts): boolean {
  return findAbsentChannel(line, facts) !== undefined;
}

/** What the job has in place of the name that the error misses; undefined when it misses none. */
export async function hintAtNames(
  { line, frames }: Pick<FinalError, 'line' | 'frames'>,
  facts: EndingFacts,
): Promise<string | undefined> {
  const channel = findAbsentChannel(line, facts);
  if (channel !== undefined) return describeAbsentChannel(channel, facts.channels);
  if (missesPlatformRoot(line, facts)) {
    return `the root is ${facts.root} here, not /opt/ml: read the variable SAGEMAKER_BASE_DIR, and take /opt/ml where it is not set`;
  }
  if (facts.variables === undefined) return undefined;
  const mentioned = findUnset(line.match(variable) ?? [], facts.variables);
  if (mentioned !== undefined) return describeUnset(mentioned, facts.variables);
  if (!/\b(?:undefined|NoneType|None|null)\b/.test(line)) return undefined;
  const read = await findUnsetRead(frames, facts);
  return (
    read && `${read.file} reads ${read.name}, which is not set: ${describeUnset(read.name, facts.variables)}`
  );
}

function findUnset(names: readonly string[], set: readonly string[]): string | undefined {
  return names.find((name) => !set.includes(name));
}

function describeUnset(name: string, set: readonly string[]): string {
  const all = set.filter((other) => /^SM_[A-Z0-9_]+$/.test(other));
  if (all.length === 0) {
    return 'a definition gets no SM_* variables: its channels, hyperparameters and folders are arguments of run';
  }
  const ofKind = (prefix: string) => all.filter((other) => other.startsWith(prefix));
  if (name.startsWith('SM_CHANNEL_')) return describeAbsentChannel(undefined, ofKind('SM_CHANNEL_'));
  if (name.startsWith('SM_HP_')) {
    return `the job has no such hyperparameter${listOnly(ofKind('SM_HP_'))}: set it in the job, or give it a default`;
  }
  const closest = findClosest(name, all);
  return closest === undefined
    ? `optml did not set ${name}; docs/training.md says what a program gets`
    : `did you mean ${closest}?`;
}

function describeAbsentChannel(name: string | undefined, others: readonly string[] = []): string {
  if (others.length === 0) return 'the job has no channels: add one of that name';
  const kind = name === undefined ? 'such channel' : `channel ${name}`;
  return `the job has no ${kind}${listOnly(others)}: read one that it has, or rename one in the job`;
}

function listOnly(names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length > namesListed ? ` and ${names.length - namesListed} more` : '';
  return `, only ${names.slice(0, namesListed).join(', ')}${rest}`;
}

const fileMissing = /ENOENT|no such file|\[Errno 2\]|does not exist|cannot find/i;

/** Whether a program that names the container's folders itself runs where the root is another, as under `optml train`. */
function missesPlatformRoot(line: string, { root }: EndingFacts): boolean {
  if (root === undefined || /^\/opt\/ml\/?$/.test(root)) return false;
  return fileMissing.test(line) && /(?<![\w/.-])\/opt\/ml(?![\w-])/.test(line) && !line.includes(root);
}

function findAbsentChannel(line: string, { root, channels }: EndingFacts): string | undefined {
  if (root === undefined || channels === undefined) return undefined;
  if (!fileMissing.test(line)) return undefined;
  const data = `${root.replace(/\/$/, '')}/input/data/`;
  const at = line.indexOf(data);
  if (at === -1) return undefined;
  const [name] = /^[\w.-]+/.exec(line.slice(at + data.length)) ?? [];
  // A pipe of an epoch, and the list of objects beside a folder, are named after their channel.
  const isKnown = name === undefined || channels.includes(name.replace(/(_\d+|-manifest)$/, ''));
  return isKnown || channels.includes(name) ? undefined : name;
}

/** Reading a variable that is not set is not an error; using its value is. */
async function findUnsetRead(
  frames: readonly string[],
  { program, variables = [] }: EndingFacts,
): Promise<{ readonly file: string; readonly name: string } | undefined> {
  const places = frames.slice(0, filesRead).map((frame) => frame.replace(/:\d+(:\d+)?$/, ''));
  const isSource = program?.kind === 'node' || program?.kind === 'python';
  for (const file of new Set(isSource ? [...places, program.path] : places)) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const name = findUnset(listReads(text), variables);
    if (name !== undefined) return { file, name };
  }
  return undefined;
}

/** Names that a source reads from the environment without a default; Node's ways, then Python's. */
function listReads(text: string): readonly string[] {
  const one =
    /process\.env(?:\.(SM_\w+)|\[\s*['"`](SM_[\w.-]+)['"`]\s*\])(?!\w|\s*(?:\?\?|\|\|))|(?:environ\.get|getenv)\(\s*['"](SM_[\w.-]+)['"]\s*\)(?!\s+or\b)/g;
  const several = /\{([^{}]*)\}\s*=\s*process\.env\b/g;
  return [
    ...[...text.matchAll(one)].flatMap(([, ...names]) => names.filter((name) => name !== undefined)),
    ...[...text.matchAll(several)].flatMap(([, names = '']) => names.match(variable) ?? []),
  ];
}
