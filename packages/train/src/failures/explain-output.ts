/** Endings that only the output explains. */

import { formatBytes, readDisk } from '../resources/read-disk.ts';
import { type EndingFacts, type Explanation, explain, type ProcessEnding } from './explanation.ts';
import { type FinalError, findFinalError } from './find-final-error.ts';
import { hintAtNames, isChannelComplaint, isVariableComplaint } from './hint-at-names.ts';

/** How many of the last lines may hold the reason when none of them looks like an error of a language. */
const linesTried = 10;

export async function explainOutput(
  ending: ProcessEnding,
  facts: EndingFacts,
): Promise<Explanation | undefined> {
  const { lastErrorLines: lines, startError } = ending;
  const error: FinalError | undefined =
    startError === undefined ? findFinalError(lines) : { line: startError.message, frames: [] };
  const candidates = error === undefined ? lines.slice(-linesTried).reverse() : [error.line];
  for (const line of candidates) {
    const explanation =
      (await explainDisk(line, facts)) ??
      explainPermission(line, facts) ??
      explainModule(line) ??
      explainRefusedMemory(line) ??
      (error === undefined ? await explainNames(line, facts) : undefined);
    if (explanation !== undefined) return { ...explanation, frames: error?.frames ?? [] };
  }
  const rejection = explainRejection(lines);
  if (rejection !== undefined || error === undefined) return rejection;
  return explain('TRAINING_FAILED', error.line, await hintAtNames(error, facts), error.frames);
}

/** What a shell or an author's own words say of a name. */
async function explainNames(line: string, facts: EndingFacts): Promise<Explanation | undefined> {
  if (!isVariableComplaint(line) && !isChannelComplaint(line, facts)) return undefined;
  const hint = await hintAtNames({ line, frames: [] }, facts);
  return hint === undefined ? undefined : explain('TRAINING_FAILED', line, hint);
}

async function explainDisk(
  line: string,
  { root, directories }: EndingFacts,
): Promise<Explanation | undefined> {
  // Node has the same code for a lack of inotify watches.
  if (!/ENOSPC: no space|no space left on device|\[Errno 28\]/i.test(line)) return undefined;
  const written = findPath(line);
  const places = [written, ...(directories ?? [root])].filter((place) => place !== undefined);
  const disks = (await Promise.all(places.map(readDisk))).filter((disk) => disk !== undefined);
  const mounts = [...new Map(disks.map((disk) => [disk.mount, disk])).values()];
  const figures = mounts
    .sort((left, right) => left.freeBytes - right.freeBytes)
    .map((disk) => `${formatBytes(disk.freeBytes)} of ${formatBytes(disk.sizeBytes)} free at ${disk.mount}`);
  const now = figures.length === 0 ? '' : ` (now ${figures.join(', ')})`;
  return explain(
    'DISK_FULL',
    `the disk is full${now}: ${line}`,
    'raise VolumeSizeInGB, delete old checkpoints, or read the data as a stream',
  );
}

function explainPermission(line: string, facts: EndingFacts): Explanation | undefined {
  const isReadOnly = /EROFS|read-only file system|\[Errno 30\]/i.test(line);
  if (!isReadOnly && !/EACCES|permission denied|\[Errno 13\]|EPERM|\[Errno 1\]/i.test(line)) return undefined;
  const hint = isReadOnly
    ? 'channels may be mounted read-only: write to the model, output or temporary folder'
    : isBelowRoot(findPath(line), facts) && facts.rootIsWritable !== true
      ? `what SageMaker mounts below ${facts.root} belongs to root: run as root, without USER in the Dockerfile or with USER root`
      : 'make the file or folder accessible to the user that the container runs as';
  return explain('PERMISSION_DENIED', line, hint);
}

function isBelowRoot(path: string | undefined, { root }: EndingFacts): boolean {
  if (root === undefined || path === undefined) return false;
  return path === root || path.startsWith(`${root.replace(/\/$/, '')}/`);
}

/** The path that a message quotes, or that a shell names before its complaint. */
function findPath(line: string): string | undefined {
  return (
    /['"‘“](\/[^'"’”]+)['"’”]/.exec(line)?.[1] ??
    /(?:^|\s)(\/[^\s:]+): (?:permission|no space)/i.exec(line)?.[1]
  );
}

function explainModule(line: string): Explanation | undefined {
  const node = /Cannot find (package|module) '([^']+)'(?: imported from (\S+))?/.exec(line);
  if (node !== null) {
    const [, kind, name = '', importer] = node;
    const from = importer === undefined ? '' : `, imported from ${importer}`;
    const isFile = kind === 'module' && /^[./]/.test(name);
    return explain(
      'MODULE_MISSING',
      `module ${name} is missing${from}`,
      isFile
        ? 'check the path, its extension, upper and lower case, and that the image copies the file'
        : `add ${name} to the dependencies in package.json and install them in the image`,
    );
  }
  for (const { words, describe, advise } of absentThings) {
    const name = words
      .exec(line)
      ?.slice(1)
      .find((group) => group !== undefined);
    if (name !== undefined) return explain('MODULE_MISSING', describe(name, line), advise(name));
  }
  return undefined;
}

/** What a message names as missing, by its words. */
interface AbsentThing {
  readonly words: RegExp;
  readonly describe: (name: string, line: string) => string;
  readonly advise: (name: string) => string;
}

const absentThings: readonly AbsentThing[] = [
  {
    words: /ModuleNotFoundError: No module named '([^']+)'/,
    describe: (name) => `Python module ${name} is missing`,
    advise: (name) =>
      `install ${name.split('.')[0]} in the image: requirements.txt is not installed when a job starts; package and module names may differ`,
  },
  {
    words: /(\S+\.so[.\d]*): cannot open shared object file/,
    describe: (name, line) => `shared library ${name} is missing: ${line}`,
    advise: () => 'install the system package that has it in the image',
  },
  {
    // Of bash, of dash and busybox, and of env.
    words:
      /: (\S+): command not found$|: \d+: (\S+): not found$|env: (?:can't execute )?[‘']([^’']+)[’']: No such file/,
    describe: (name, line) => `command ${name} is missing: ${line}`,
    advise: (name) => `install ${name} in the image or correct PATH`,
  },
];

function explainRefusedMemory(line: string): Explanation | undefined {
  if (/CUDA out of memory|CUDA error: out of memory/.test(line)) {
    const hint = 'use smaller batches or an instance whose GPUs have more memory';
    return explain('MEMORY_EXHAUSTED', line, hint);
  }
  const refusal =
    /^MemoryError\b|Array buffer allocation failed|Cannot allocate memory|ENOMEM|std::bad_alloc/;
  if (!refusal.test(line)) return undefined;
  const hint = 'choose an instance with more memory, use smaller batches, or read the data as a stream';
  return explain('MEMORY_EXHAUSTED', line, hint);
}

/** An error that a rejection carries is printed like one that is thrown; anything else is wrapped by Node. */
function explainRejection(lines: readonly string[]): Explanation | undefined {
  const reason = lines
    .map((line) => /^\[?UnhandledPromiseRejection: .* rejected with the reason "(.*)"\./.exec(line)?.[1])
    .findLast((found) => found !== undefined);
  if (reason === undefined) return undefined;
  return explain(
    'TRAINING_FAILED',
    `a promise was rejected with ${JSON.stringify(reason)} and not handled`,
    'await the promise, or catch its error',
  );
}
