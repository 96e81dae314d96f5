/** Refuses modules of the author's that look for a file which a bundle does not have. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { blankComments, lineAt } from '../carry/source-text.ts';
import { BundleError } from '../errors.ts';

const data =
  'a bundle has no files beside its code: import JSON with `import data from "./data.json" with { type: "json" }`, write other data into the model artifact when you train, or put it into a package';

type Rule = readonly [pattern: RegExp, explain: (file: string, match: RegExpExecArray) => string | undefined];

const relativePath = /\(\s*["'`](\.[^"'`]*)["'`]/.source;

const rules: readonly Rule[] = [
  [new RegExp(`\\bnew\\s+URL${relativePath}\\s*,\\s*import\\.meta\\.url\\s*\\)`, 'g'), explainPath],
  [new RegExp(`\\bimport\\.meta\\.resolve${relativePath}`, 'g'), explainPath],
  [
    /\b(?:dirname|join|resolve)\(\s*(?:(?:\w+\.)?fileURLToPath\(\s*import\.meta\.url\s*\)|new\s+URL\(\s*import\.meta\.url\s*\)\.pathname)/g,
    (_, [text]) => `looks for a file by ${text}): ${data}`,
  ],
  [/\bimport\.meta\.(?:dirname|filename)\b/g, (_, [text]) => `looks for a file by ${text}: ${data}`],
  [/(?<![.\w])__(?:dirname|filename)\b/g, (_, [text]) => `looks for a file by ${text}: ${data}`],
  [
    /\bimport\s*\(\s*(?!["'`\s])((?:[^()]|\([^()]*\))*)\)/g,
    (_, [, argument = '']) => {
      // Of a file that is nowhere near the code, such as one of the model artifact.
      if (/\bpathToFileURL\b|\.href\b/.test(argument)) return undefined;
      return `imports ${argument.trim()}, a name that is known only when it runs: import each module by a literal path, or, for a file of the model artifact, by pathToFileURL(path).href`;
    },
  ],
];

function explainPath(file: string, [, path = '']: RegExpExecArray): string {
  return /\.[mc]?[jt]s$/.test(path)
    ? `names the module ${path}, which is not in the bundle: import it with a literal path, or, if a worker or another process runs it, put it into a package of its own`
    : `looks for ${existsSync(join(dirname(file), path)) ? '' : 'a missing file '}${path}: ${data}`;
}

/** What a module makes of `createRequire` and its own place looks beside the module, whatever its name is. */
function createRequireRule(text: string): Rule {
  const create = /(?:\w+\.)?createRequire\(\s*import\.meta\.\w+\s*\)/.source;
  const names = [...text.matchAll(new RegExp(`(\\w+)(?:\\s*:[^=;]+)?\\s*=\\s*${create}`, 'g'))].map(
    ([, name]) => `\\b${name}`,
  );
  return [new RegExp(`(?:${[create, ...names].join('|')})(?:\\.resolve)?${relativePath}`, 'g'), explainPath];
}

/**
 * @throws BundleError `FILE_MISSING`, with each place
 */
export function assertNoFiles(files: readonly string[], directory: string): void {
  const problems = files.flatMap((file) => {
    if (!/\.[mc]?[jt]sx?$/.test(file)) return [];
    const text = blankComments(readFileSync(file, 'utf8'));
    return [...rules, createRequireRule(text)].flatMap(([pattern, explain]) =>
      [...text.matchAll(pattern)].flatMap((match) => {
        const problem = explain(file, match as RegExpExecArray);
        return problem === undefined
          ? []
          : [`${relative(directory, file)}:${lineAt(text, match.index)} ${problem}`];
      }),
    );
  });
  if (problems.length === 0) return;
  throw new BundleError('FILE_MISSING', problems.join('\n'), { path: files[0] as string });
}
