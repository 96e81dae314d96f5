/** Rules on what SageMaker starts: the programs are in the image, may be run, and so may their interpreters. */

import type { Image } from '@optml/image';
import type { FileFacts, FileTree } from '@optml/image/layers';
import { type LintFinding, report } from './finding.ts';

/** What was found, and the paths of the programs that an image starts, interpreters included. */
export interface ProgramLint {
  readonly findings: readonly LintFinding[];
  readonly programs: readonly string[];
}

/** What Docker gives a container whose image says nothing. */
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Without an entry point the words `train` and `serve` are programs; with one, its first word is. */
export function lintPrograms({ config }: Pick<Image, 'config'>, tree: FileTree<FileFacts>): ProgramLint {
  const { Entrypoint, Env = [], WorkingDir = '/' } = config.config ?? {};
  const search = (Env.find((line) => line.startsWith('PATH=')) ?? defaultPath).slice('PATH='.length);
  const find = (name: string) => findProgram(name, { tree, search, workingDirectory: WorkingDir });
  const [program] = Entrypoint ?? [];
  const findings: LintFinding[] = [];
  const programs: string[] = [];
  for (const name of program === undefined ? ['train', 'serve'] : [program]) {
    const { file, why } = find(name);
    if (file === undefined) {
      findings.push(report('PROGRAM', `"${name}" ${why}`, name));
      continue;
    }
    programs.push(file.path);
    const interpreter = readInterpreter(file);
    if (interpreter === undefined) continue;
    const found = find(interpreter);
    if (found.file === undefined)
      findings.push(report('PROGRAM', `"${name}" is run by "${interpreter}", which ${found.why}`, name));
    else programs.push(found.file.path);
  }
  return { findings, programs };
}

interface Place {
  readonly tree: FileTree<FileFacts>;
  /** As PATH has it. */
  readonly search: string;
  readonly workingDirectory: string;
}

function findProgram(
  name: string,
  { tree, search, workingDirectory }: Place,
): { readonly file?: FileFacts | undefined; readonly why: string } {
  const candidates = name.includes('/')
    ? [name.startsWith('/') ? name : `${workingDirectory}/${name}`]
    : search.split(':').map((folder) => `${folder}/${name}`);
  const found = candidates.flatMap((candidate) => findFile(tree, candidate) ?? []);
  const file = found.find(({ mode }) => (mode & 0o111) !== 0);
  if (file !== undefined) return { file, why: '' };
  if (found.length > 0) return { why: 'is not executable' };
  return { why: name.includes('/') ? 'is not in the image' : `is not on the PATH (${search})` };
}

/** The file that a path leads to, through links of both kinds. */
export function findFile(tree: FileTree<FileFacts>, path: string): FileFacts | undefined {
  let entry: FileFacts | undefined;
  try {
    entry = tree.get(tree.resolve(path, { follow: true }));
    for (let hops = 0; entry?.type === 'link' && hops < 8; hops += 1)
      entry = tree.get(entry.linkTarget ?? '');
  } catch {
    // Links in a circle lead to no file.
    return undefined;
  }
  return entry?.type === 'file' ? entry : undefined;
}

/** The program of a first line; of `/usr/bin/env` the one that it looks for. */
function readInterpreter({ interpreter }: FileFacts): string | undefined {
  // A carriage return has a rule of its own.
  const [program, ...words] = interpreter?.trim().split(/\s+/) ?? [];
  if (program === undefined || program === '' || !program.endsWith('/env')) return program || undefined;
  return words.find((word) => !word.startsWith('-') && !word.includes('='));
}
