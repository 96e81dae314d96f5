/** A plugin of esbuild that leaves out what the start of a program would wait for and never use. */

import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Makes the plugin, for files whose path `filter` matches: each takes a turn between esbuild and here, so it should
 * match those that a start loads. What a module says is what it does, though it begins sooner.
 */
export function startSooner(filter: RegExp): Plugin {
  return {
    name: 'start-sooner',
    setup(build) {
      build.onLoad({ filter }, ({ path }) => {
        if (!/\.[mc]?[jt]s$/.test(path)) return undefined;
        // Three promises for each of some hundred small files would take longer than the files.
        const text = readFileSync(path, 'utf8');
        const taken = takeBuiltins(takeWhatIsUsedOfZod(text));
        const contents = /[\\/](?:@aws-sdk|@smithy)[\\/]/.test(path) ? takeHttpLate(taken) : taken;
        if (contents === text) return undefined;
        return { contents, loader: /ts$/.test(path) ? 'ts' : 'js' };
      });
    },
  };
}

/**
 * `import { z } from 'zod'` gives an object with all of zod in it, 45 languages included, and esbuild can leave
 * nothing out; from the namespace, which is the same object, it keeps what is used: a fifth of the size.
 */
function takeWhatIsUsedOfZod(text: string): string {
  return text.replace(
    /^import\s*\{\s*z(?:\s+as\s+(\w+))?\s*,?\s*\}\s*from\s*['"]zod['"]/gm,
    (all, name: string | undefined) => keepLines(all, `import * as ${name ?? 'z'} from 'zod'`),
  );
}

/**
 * Importing one of Node's modules runs every getter of it: `node:fs` loads all of `fs/promises` and what that needs,
 * `node:http` all of undici and HTTP/2, `node:util` a parser of arguments and a comparison of texts, `node:process`
 * makes all streams of the process, standard input too. The object itself loads what is used.
 */
function takeBuiltins(text: string): string {
  return text.replace(
    /^import (?:(?:\* as )?(\w+)|\{([^}]*)\}) from ['"](?:node:)?([a-z_0-9]+(?:\/[a-z]+)?)['"];?$/gm,
    (all, name: string | undefined, names: string | undefined, module: string) => {
      if (!isBuiltin(`node:${module}`)) return all;
      // The global already.
      if (name === 'process') return '';
      if (names !== undefined && /\bdefault\b/.test(names)) return all;
      const values = names?.replace(/\btype \w+(?: as \w+)?,?/g, '').trim();
      return keepLines(all, takeBuiltin(module, name, values));
    },
  );
}

function takeBuiltin(module: string, name: string | undefined, names = ''): string {
  const builtin = `process.getBuiltinModule('node:${module}')`;
  if (name !== undefined) return `const ${name} = ${builtin};`;
  if (names === '') return '';
  // All but one of its exports are functions: a start that calls none of them does not load what they are in.
  if (module === 'fs/promises' && /^[\w\s,]*$/.test(names) && !/\bconstants\b/.test(names)) {
    return names.replace(
      /(\w+)(?:\s+as\s+(\w+))?\s*,?\s*/g,
      (_, one: string, local = one) => `const ${local} = (...words) => ${builtin}.${one}(...words);`,
    );
  }
  return `const {${names.replace(/ as /g, ': ')}} = ${builtin};`;
}

/** Gives what takes the place of a text as many lines, so that those below stay where a trace looks for them. */
function keepLines(replaced: string, text: string): string {
  const count = (lines: string) => lines.split('\n').length;
  return `${text}${'\n'.repeat(count(replaced) - count(text))}`;
}

/** The same for the AWS SDK, which imports it late, and takes what it needs of it. */
function takeHttpLate(text: string): string {
  return text.replaceAll('await import("node:http")', "process.getBuiltinModule('node:http')");
}
