/** Compiles the examples of the READMEs of packages, each against the package's own entries and what it depends on. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const { config } = ts.readConfigFile('tsconfig.base.json', ts.sys.readFile);
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
const examples = new Map(globSync('packages/*/README.md').flatMap(listExamples));
// An example stands in its package's folder, so that the package is found by its own name.
const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
host.fileExists = (file) => examples.has(file) || fileExists(file);
host.readFile = (file) => examples.get(file) ?? readFile(file);
host.getSourceFile = (file, target, ...rest) =>
  examples.has(file)
    ? ts.createSourceFile(file, examples.get(file), target)
    : getSourceFile.call(host, file, target, ...rest);

const program = ts.createProgram([...examples.keys()], { ...options, noUnusedLocals: false }, host);
const problems = ts.getPreEmitDiagnostics(program);
if (problems.length > 0) {
  console.error(ts.formatDiagnostics(problems, { ...host, getCurrentDirectory: () => process.cwd() }));
  process.exitCode = 1;
}

function listExamples(readme) {
  const blocks = readFileSync(readme, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms);
  return [...blocks].map(([, text], index) => [
    join(resolve(dirname(readme)), `README-example-${index + 1}.ts`),
    `${text}\nexport {};\n`,
  ]);
}
