import { readFile } from 'node:fs/promises';
import { defineConfig, type Options } from 'tsup';
import base from './tsup.config.ts';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/**
 * `import { z } from 'zod'` gives an object with all of zod in it, 45 languages included, of which esbuild can
 * leave nothing out; the namespace is the same object, of which it keeps what is used. A fifth of the size, and
 * of the time between the start of `train` and the author's first line.
 */
const takeWhatIsUsedOfZod: Plugin = {
  name: 'take-what-is-used-of-zod',
  setup(build) {
    build.onLoad({ filter: /\.[mc]?[jt]s$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace(
        /\bimport\s*\{\s*z(?:\s+as\s+(\w+))?\s*\}\s*from\s*['"]zod['"]/g,
        (_, name: string | undefined) => `import * as ${name ?? 'z'} from 'zod'`,
      );
      if (contents === text) return undefined;
      return { contents, loader: /ts$/.test(path) ? 'ts' : 'js' };
    });
  },
};

/** Importing it by name makes all streams of the process, standard input too; the global makes none. */
const takeGlobalProcess: Plugin = {
  name: 'take-global-process',
  setup(build) {
    build.onResolve({ filter: /^(node:)?process$/ }, () => ({ path: 'process', namespace: 'global' }));
    build.onLoad({ filter: /.*/, namespace: 'global' }, ({ path }) => ({
      contents: `export default ${path};`,
    }));
  },
};

/** An application that carries all it needs: one import of a package is hundreds of files, a bundle is one. */
export default defineConfig({
  ...(base as object),
  dts: false,
  noExternal: [/.*/],
  // tsup's own plugin for it would come before ours.
  removeNodeProtocol: false,
  esbuildPlugins: [takeWhatIsUsedOfZod, takeGlobalProcess],
  // Packages in the older module format call `require`.
  banner: {
    js: "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);",
  },
});
