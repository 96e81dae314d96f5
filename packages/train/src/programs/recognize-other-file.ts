/** Recognizes files that somebody may name as a program and that no machine can run as one. */

import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { identifyProgram } from './create-program-command.ts';

/** What a file is, and what to do instead of running it; both continue a sentence. */
export interface OtherFile {
  readonly what: string;
  readonly advice: string;
}

type Kind = (name: string) => OtherFile;

const other =
  (what: string, advice: string): Kind =>
  (name) => ({ what, advice: advice.replaceAll('NAME', name) });

const nameTheTrainer = 'name the program that trains';
const notebook = other(
  'a Jupyter notebook',
  'convert it with "jupyter nbconvert --to script NAME" and name the resulting script',
);
const javaArchive = other('a Java archive', 'name a shell script that runs java -jar NAME');
const javaClass = other('a compiled Java class', 'name a shell script that runs it with java');
const pythonPackage = other('a Python package', 'install it in the image, and name a script that imports it');
const archive = other(
  'an archive',
  'name the file in it to run, and give the archive, as a gzipped tar, in sagemaker_submit_directory or as sourcedir.tar.gz in the channel code',
);
const compiledPython = other('compiled Python', 'name its source, the .py file');
const library = other('a library', 'name the program that uses it');
const forWindows = other('a program for Windows', 'name one for Linux');
const forMac = other('a program for macOS', 'name one for Linux');
const webAssembly = other('a WebAssembly module', 'name the script that loads it');
const model = other('a model', nameTheTrainer);
const data = other('data', nameTheTrainer);
const source = other('source code that has to be compiled', 'compile it in the image and name the result');

/** A script of a language whose interpreter nobody names: neither the suffix, as for Python, nor the first line. */
const script = (language: string, interpreter: string): Kind =>
  other(
    `${language} without a first line that names its interpreter`,
    `begin it with #!/usr/bin/env ${interpreter}, which has to be in the image`,
  );

const kindsBySuffix: readonly (readonly [Kind, string])[] = [
  [notebook, '.ipynb'],
  [javaArchive, '.jar .war'],
  [javaClass, '.class'],
  [pythonPackage, '.whl .egg'],
  [archive, '.zip .tar .tgz .gz .bz2 .xz .zst .7z .rar'],
  [compiledPython, '.pyc .pyo'],
  [library, '.so .dylib .dll .a .o .node .pyd'],
  [forWindows, '.exe .bat .cmd .msi .com'],
  [webAssembly, '.wasm'],
  [model, '.pt .pth .ckpt .h5 .hdf5 .keras .onnx .safetensors .tflite .pb .joblib .gguf .mlmodel'],
  [data, '.pkl .pickle .npy .npz .parquet .csv .tsv .json .jsonl .yaml .yml .toml .xml .ini .cfg .txt .md'],
  [data, '.rst .html .log .pdf .png .jpg .jpeg .rds .rdata .recordio .tfrecord'],
  [source, '.java .kt .scala .c .cc .cpp .cxx .cu .rs .go .cs .swift .f90 .pyx .jsx .tsx'],
  [script('R', 'Rscript'), '.r'],
  [script('Julia', 'julia'), '.jl'],
  [script('Ruby', 'ruby'), '.rb'],
  [script('Perl', 'perl'), '.pl'],
  [script('PHP', 'php'), '.php'],
  [script('Lua', 'lua'), '.lua'],
  [script('PowerShell', 'pwsh'), '.ps1'],
];

/** By their first bytes, in hexadecimal; sources: the specifications of the formats. */
const kindsByStart: readonly (readonly [Kind, string])[] = [
  [archive, '504b0304 1f8b 425a68 fd377a585a 28b52ffd 377abcaf'],
  // The version of a class; of a fat program for macOS it is the small number of its parts.
  [javaClass, 'cafebabe0000002d cafebabe0000002e cafebabe0000002f cafebabe0000003 cafebabe0000004'],
  [forMac, 'cafebabe cefaedfe cffaedfe'],
  [forWindows, '4d5a90'],
  [webAssembly, '0061736d'],
  [model, '894844460d0a'],
  [data, '934e554d5059 50415231 8002 8003 8004 8005 255044462d 89504e47'],
];

const scriptStart = Buffer.from('#!').toString('hex');
const linuxStart = Buffer.from('\x7fELF').toString('hex');
const firstBytes = 8;

/** Recognizes a file by its suffix, and one with an unknown suffix by its first bytes; undefined for what may run. */
export async function recognizeOtherFile(path: string): Promise<OtherFile | undefined> {
  if (identifyProgram(path) !== 'executable') return undefined;
  const start = await readStart(path);
  // A file that names its interpreter has one.
  if (start.startsWith(scriptStart)) return undefined;
  const suffix = extname(path).toLowerCase();
  const [bySuffix] = kindsBySuffix.find(([, suffixes]) => suffixes.split(' ').includes(suffix)) ?? [];
  const [byStart] =
    kindsByStart.find(([, starts]) => starts.split(' ').some((bytes) => start.startsWith(bytes))) ?? [];
  const kind = bySuffix ?? byStart;
  if (start.startsWith(linuxStart) && kind !== library) return undefined;
  return kind?.(basename(path));
}

/** In hexadecimal. */
async function readStart(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(firstBytes));
    return buffer.toString('hex', 0, bytesRead);
  } catch {
    // What cannot be read may still be run, and is explained when it ends.
    return '';
  }
}
