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
    /^import\s*\{\s*z(?:\s+as\s+(\w+))?\s*\}\s*from\s*['"]zod['"]/gm,
    (_, name: string | undefined) => `import * as ${name ?? 'z'} from 'zod'`,
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
      const values = names?.replace(/\btype \w+(?: as \w+)?,?/g, '');
      // Lines stay where they are, for the source map.
      if (values?.trim() === '') return values.replace(/ +/g, '');
      return name === undefined && hasOnlyFunctions(module, values ?? '')
        ? takeFunctions(module, values ?? '')
        : `const ${name ?? `{${values?.replace(/ as /g, ': ')}}`} = process.getBuiltinModule('node:${module}');`;
    },
  );
}

function hasOnlyFunctions(module: string, names: string): boolean {
  return module === 'fs/promises' && /^[\w\s,]*$/.test(names) && !/\bconstants\b/.test(names);
}

/** A start that calls none of them does not load what they are in. */
function takeFunctions(module: string, names: string): string {
  return names.replace(
    /(\w+)(?:\s+as\s+(\w+))?\s*,?/g,
    (all, name: string, local = name) =>
      `const ${local} = (...words) => process.getBuiltinModule('node:${module}').${name}(...words);${all.replace(/[^\n]/g, '')}`,
  );
}

/** The same for the AWS SDK, which imports it late, and takes what it needs of it. */
function takeHttpLate(text: string): string {
  return text.replaceAll('await import("node:http")', "process.getBuiltinModule('node:http')");
}
