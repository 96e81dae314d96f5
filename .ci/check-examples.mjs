/**
 * Compiles the examples of the READMEs of packages, each against the package's own entries and what it depends on, and those
 * of the documents, as modules of a project.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const { config } = ts.readConfigFile('tsconfig.base.json', ts.sys.readFile);
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
const readmes = globSync('packages/*/README.md').map((file) => [file, dirname(file)]);
// A project has the packages that the reference container has.
const documents = [...globSync('docs/**/*.md'), 'README.md'].map((file) => [file, 'apps/container']);
const commandLine = [['apps/cli/README.md', 'apps/cli']];
const examples = new Map([...readmes, ...documents, ...commandLine].flatMap(listExamples));
// An example stands in its package's folder, so that the package is found by its own name.
const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
host.fileExists = (file) => examples.has(file) || fileExists(file);
host.readFile = (file) => examples.get(file) ?? readFile(file);
host.getSourceFile = (file, target, ...rest) =>
  examples.has(file)
    ? ts.createSourceFile(file, examples.get(file), target)
    : getSourceFile.call(host, file, target, ...rest);

const program = ts.createProgram(
  [...examples.keys()],
  { ...options, noUnusedLocals: false, noUnusedParameters: false },
  host,
);
const problems = ts.getPreEmitDiagnostics(program);
if (problems.length > 0) {
  console.error(ts.formatDiagnostics(problems, { ...host, getCurrentDirectory: () => process.cwd() }));
  process.exitCode = 1;
}

function listExamples([file, folder]) {
  const name = basename(file, '.md');
  const blocks = readFileSync(file, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms);
  return [...blocks].map(([, text], index) => [
    join(resolve(folder), `${name}-example-${index + 1}.ts`),
    `${text}\nexport {};\n`,
  ]);
}
