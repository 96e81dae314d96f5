import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { defineConfig, type Options } from 'tsup';
import base from './tsup.config.ts';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Leaves out what a start would wait for and never use. */
const startSooner: Plugin = {
  name: 'start-sooner',
  setup(build) {
    // Of the packages, those that the command line starts with: each file takes a turn between esbuild and here.
    const filter = /\/(?:packages|apps|commander|@aws-sdk|@smithy)\/.*\.[mc]?[jt]s$/;
    build.onLoad({ filter }, ({ path }) => {
      // Three promises for each of some hundred small files would take longer than the files.
      const text = readFileSync(path, 'utf8');
      const taken = takeBuiltins(takeWhatIsUsedOfZod(text));
      const contents = /\/(?:@aws-sdk|@smithy)\//.test(path) ? takeHttpLate(taken) : taken;
      if (contents === text) return undefined;
      return { contents, loader: /ts$/.test(path) ? 'ts' : 'js' };
    });
  },
};

/**
 * `import { z } from 'zod'` gives an object with all of zod in it, 45 languages included, of which esbuild can
 * leave nothing out; the namespace is the same object, of which it keeps what is used: a fifth of the size.
 */
function takeWhatIsUsedOfZod(text: string): string {
  return text.replace(
    /\bimport\s*\{\s*z(?:\s+as\s+(\w+))?\s*\}\s*from\s*['"]zod['"]/g,
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
      const values = names?.replace(/\btype \w+(?: as \w+)?,?/g, '').trim();
      if (values === '') return '';
      const taken = name ?? `{${values?.replace(/ as /g, ': ')}}`;
      return `const ${taken} = process.getBuiltinModule('node:${module}');`;
    },
  );
}

/** The same for the SDK, which imports it late, and takes what it needs of it. */
function takeHttpLate(text: string): string {
  return text.replaceAll('await import("node:http")', "process.getBuiltinModule('node:http')");
}

/** An application that carries all it needs: one import of a package is hundreds of files, a bundle is one. */
export default defineConfig({
  ...(base as object),
  dts: false,
  noExternal: [/.*/],
  // tsup's own plugin for it would come before ours.
  removeNodeProtocol: false,
  esbuildPlugins: [startSooner],
  esbuildOptions(options) {
    // tsup's plugin for what is left out of a bundle, here nothing, would be asked about each of a thousand imports.
    for (const plugin of options.plugins ?? []) if (plugin.name === 'external') plugin.setup = () => {};
    // Installed beside the command line, as esbuild's own program has to be.
    options.external = ['@optml/bundle'];
    // An image keeps these in a layer below the author's: one name tells them from what the author named.
    options.chunkNames = 'chunk-[hash]';
    // A trace needs names and lines. The text of every dependency would be two thirds of an image's layer.
    options.sourcesContent = false;
    // Chunks of our own packages import others only to run them first, which `sideEffects` says is not needed.
    options.logOverride = { 'ignored-bare-import': 'silent' };
  },
  // Packages in the older module format call `require`, which not all files have, and few do at a start.
  banner: {
    js: "const require = (name) => process.getBuiltinModule('node:module').createRequire(import.meta.url)(name);",
  },
});
