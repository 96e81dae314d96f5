/**
 * Says what is wrong with a model archive. It is read as a stream: nothing is unpacked, and what is remembered is bounded,
 * however large the archive is.
 */

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { createGunzip } from 'node:zlib';
import { readTar, TarFault, type TarHeader } from '@optml/image/tar';
import { CliError } from '../errors.ts';
import { followLinks, isDesktopFile, resolveInside, resolveLink } from './model-names.ts';

/** One thing that is wrong: an error keeps a container from starting, a warning may. */
export interface ModelFinding {
  readonly code: ModelFindingCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** What to do. */
  readonly fix: string;
  /** The first entry that it is about. */
  readonly path?: string | undefined;
  /** How many entries it is about. */
  readonly count: number;
}

/** What an archive holds, and what is wrong with it. */
export interface ModelReport {
  readonly files: number;
  /** Compressed. */
  readonly sizeBytes: number;
  /** Of all files, unpacked. */
  readonly contentBytes: number;
  /** The names at the top, sorted, at most 100; folders end in `/`. */
  readonly top: readonly string[];
  readonly findings: readonly ModelFinding[];
}

/** The order is that of the report. */
const kinds = {
  NOT_GZIP: ['error', 'it is not a gzip-compressed file', 'pack the folder again: optml model pack DIR'],
  NOT_TAR: [
    'error',
    'what is compressed in it is not a tar archive',
    'pack the folder of the model: optml model pack DIR',
  ],
  TRUNCATED: ['error', 'it is cut off', 'upload or download it again, whole'],
  DAMAGED: ['error', 'its bytes were changed', 'upload or download it again'],
  EMPTY: ['error', 'it contains no files', 'pack the folder that has the files of the model'],
  ABSOLUTE_NAME: [
    'error',
    'an entry has an absolute name',
    'pack from within the folder, without names that begin with "/"',
  ],
  NAME_LEAVES: [
    'error',
    'the name of an entry leads out of the model folder',
    'pack from within the folder, without ".." in names',
  ],
  LINK_LEAVES: [
    'error',
    'a link leads out of the model folder',
    'put the file itself in place of the link (tar --dereference)',
  ],
  SPECIAL_FILE: ['error', 'an entry is neither a file, a folder nor a link', 'leave it out'],
  BACKSLASH_NAME: [
    'error',
    'a name has a backslash, which does not separate folders on Linux',
    'pack it with a tool that writes "/"',
  ],
  LINK_DANGLING: [
    'warning',
    'a link leads to what is not in the archive',
    'put the file itself in place of the link',
  ],
  DUPLICATE: [
    'warning',
    'a name stands there twice, and the later one wins',
    'pack the folder again instead of adding to the archive',
  ],
  DESKTOP_FILE: [
    'warning',
    'there are files of macOS or Windows in it, which code that lists the folder takes for the model',
    'pack with optml model pack, or COPYFILE_DISABLE=1 tar',
  ],
  TOP_FOLDER: [
    'warning',
    'all files are in one folder',
    'pack the inside of that folder, unless the code looks for it in /opt/ml/model',
  ],
  SEVERAL_TOP_FOLDERS: [
    'warning',
    'all files are in several folders, and none at the top',
    'pack the inside of the one that is the model, unless the code looks for these folders in /opt/ml/model',
  ],
  MANY_FILES: [
    'warning',
    'there are very many files, and each start of a container unpacks them one by one',
    'join small files into few',
  ],
} as const;

type ModelFindingCode = keyof typeof kinds;

/** From this many on, unpacking takes minutes. */
const manyFiles = 10_000;

/** How many names are remembered, to find dangling links and duplicates. */
const rememberedNames = 100_000;

/** Reads the archive at `file`. @throws CliError `MODEL_MISSING` when it cannot be read */
export async function inspectModel(
  file: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<ModelReport> {
  const survey = createSurvey();
  const { magic, sizeBytes } = await readStart(file);
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) {
    note(survey, 'NOT_GZIP', undefined, describeMagic(magic));
    return reportOn(survey, sizeBytes);
  }
  const source = createReadStream(file, { signal, highWaterMark: 256 * 1024 });
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  source.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  try {
    for await (const { header } of readTar(gunzip)) addEntry(survey, header);
    endSurvey(survey);
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') note(survey, 'TRUNCATED');
    else if (code === 'Z_DATA_ERROR') note(survey, 'DAMAGED', undefined, message);
    else if (!(error instanceof TarFault)) throw unreadable(file, error as Error);
    else if (survey.entries === 0) note(survey, 'NOT_TAR', undefined, message);
    else note(survey, message.startsWith('it ends') ? 'TRUNCATED' : 'DAMAGED', undefined, message);
  } finally {
    source.destroy();
  }
  return reportOn(survey, sizeBytes);
}

/** What is known of the entries so far. */
interface Survey {
  readonly found: Map<ModelFindingCode, Found>;
  readonly names: Set<string>;
  /** The resolved target of each link. */
  readonly links: Map<string, string>;
  readonly top: Set<string>;
  files: number;
  entries: number;
  contentBytes: number;
}

interface Found {
  readonly path?: string | undefined;
  readonly detail?: string | undefined;
  count: number;
}

function createSurvey(): Survey {
  return {
    found: new Map(),
    names: new Set(),
    links: new Map(),
    top: new Set(),
    files: 0,
    entries: 0,
    contentBytes: 0,
  };
}

function note({ found }: Survey, code: ModelFindingCode, path?: string, detail?: string): void {
  const earlier = found.get(code);
  if (earlier === undefined) found.set(code, { path, detail, count: 1 });
  else earlier.count++;
}

function addEntry(survey: Survey, header: TarHeader): void {
  survey.entries++;
  const { type, size } = header;
  const path = resolveInside(header.path);
  if (path === undefined) {
    note(survey, header.path.startsWith('/') ? 'ABSOLUTE_NAME' : 'NAME_LEAVES', header.path);
    return;
  }
  if (isDesktopFile(path)) {
    note(survey, 'DESKTOP_FILE', path);
    return;
  }
  if (path === '.') return;
  if (path.includes('\\')) note(survey, 'BACKSLASH_NAME', path);
  if (type === 'file') {
    survey.files++;
    survey.contentBytes += size;
  }
  const [first = path] = path.split('/', 1);
  if (survey.top.size < 100) survey.top.add(first === path && type !== 'directory' ? first : `${first}/`);
  addLink(survey, path, header);
  if (type !== 'directory' && survey.names.has(path)) note(survey, 'DUPLICATE', path);
  rememberName(survey.names, path);
}

/** A tar need not have entries for its folders; unpacking creates them anyway. */
function rememberName(names: Set<string>, path: string): void {
  for (let name = path; name !== '.' && !names.has(name); name = posix.dirname(name)) {
    if (names.size < rememberedNames) names.add(name);
  }
}

function addLink(survey: Survey, path: string, { type, linkTarget = '' }: TarHeader): void {
  if (type === 'file' || type === 'directory') return;
  if (type !== 'link' && type !== 'symlink') {
    note(survey, 'SPECIAL_FILE', path);
    return;
  }
  const target = type === 'link' ? resolveInside(linkTarget) : resolveLink(path, linkTarget);
  if (target === undefined) {
    note(survey, 'LINK_LEAVES', path, `it leads to "${linkTarget}"`);
    return;
  }
  if (survey.links.size < rememberedNames) survey.links.set(path, target);
}

/** Notes what is known only at the end of the archive. */
function endSurvey(survey: Survey): void {
  const { files, names, links, top } = survey;
  if (files === 0) note(survey, 'EMPTY');
  if (files >= manyFiles) note(survey, 'MANY_FILES', undefined, `${files} files`);
  const isComplete = names.size < rememberedNames;
  for (const [path, target] of links) {
    const end = followLinks(target, links);
    if (isComplete && end !== '.' && (links.has(end) || !names.has(end)))
      note(survey, 'LINK_DANGLING', path, `it leads to "${target}"`);
  }
  // SageMaker's own containers look for code in code/, beside the model.
  const folders = [...top].filter((name) => name !== 'code/').sort();
  if (files === 0 || folders.length === 0 || folders.some((name) => !name.endsWith('/'))) return;
  if (folders.length === 1) note(survey, 'TOP_FOLDER', folders[0]);
  else note(survey, 'SEVERAL_TOP_FOLDERS', undefined, folders.join(' '));
}

function reportOn({ found, files, contentBytes, top }: Survey, sizeBytes: number): ModelReport {
  const codes = Object.keys(kinds) as ModelFindingCode[];
  const findings = codes.flatMap((code) => {
    const one = found.get(code);
    if (one === undefined) return [];
    const [severity, said, fix] = kinds[code];
    const message = one.detail === undefined ? said : `${said}: ${one.detail}`;
    return [{ code, severity, message, fix, path: one.path, count: one.count }];
  });
  return { files, sizeBytes, contentBytes, top: [...top].sort(), findings };
}

async function readStart(file: string): Promise<{ readonly magic: Buffer; readonly sizeBytes: number }> {
  try {
    // Opening a FIFO waits for a writer.
    const facts = await stat(file);
    if (!facts.isFile())
      throw new Error(facts.isDirectory() ? 'it is a folder: pack it first' : 'it is not a file');
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(262), 0, 262, 0);
      return { magic: buffer.subarray(0, bytesRead), sizeBytes: facts.size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, error as Error);
  }
}

function describeMagic(magic: Buffer): string {
  if (magic.length === 0) return 'it has no bytes';
  const starts = (...bytes: number[]) => bytes.every((byte, index) => magic[index] === byte);
  if (starts(0x50, 0x4b)) return 'it is a zip archive under another name';
  if (magic.toString('latin1', 257, 262) === 'ustar') return 'it is a tar archive that was not compressed';
  if (starts(0x42, 0x5a, 0x68)) return 'it is compressed with bzip2';
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return 'it is compressed with xz';
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'it is compressed with zstd';
  return `it begins with the bytes ${magic.subarray(0, 4).toString('hex')}`;
}

function unreadable(file: string, cause: Error): CliError {
  const { code } = cause as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'it does not exist' : cause.message;
  return new CliError('MODEL_MISSING', `cannot inspect ${file}: ${why}`, { cause });
}
