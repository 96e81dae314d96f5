/** Plugins of esbuild that leave packages outside a bundle. */

import type { Plugin } from 'esbuild';
import { packageName, packageOfFile, packageTypeOf } from './installed-package.ts';

/** Marks what a plugin asks itself. */
const asked = Symbol('asked');

export interface OutsideOptions {
  /** The name that a package is imported by, by its folder. */
  readonly names: ReadonlyMap<string, string>;
  /** Whether a module is optml's, or of a package that optml's import: these take nothing from outside. */
  readonly isOurs: (file: string) => boolean;
  readonly onImport: (name: string, directory: string) => void;
}

/**
 * Modules of the older format that are required: of their names Node, unlike a bundle, knows only those that it can read
 * off their text.
 */
const asIs = 'outside';

/** Leaves imports of the packages in `names` as imports. */
export function keepOutside({ names, isOurs, onImport }: OutsideOptions): Plugin {
  return {
    name: 'keep-outside',
    setup(build) {
      if (names.size === 0) return;
      build.onResolve({ filter: /.*/, namespace: asIs }, ({ path }) => ({ path, external: true }));
      // By any name: an alias may lead to a package, too.
      build.onResolve({ filter: /^[^./]/, namespace: 'file' }, async ({ path, pluginData, ...question }) => {
        const isEntry = question.kind === 'entry-point';
        if (isEntry || pluginData === asked || isOurs(question.importer)) return undefined;
        const found = await build.resolve(path, { ...question, pluginData: asked });
        const installed = packageOfFile(found.path);
        const name = installed && names.get(installed.directory);
        if (installed === undefined || name === undefined) return undefined;
        onImport(name, installed.directory);
        const outside = `${name}${path.slice(packageName(path)?.length)}`;
        if (question.kind === 'import-statement' && isCommonJs(found.path))
          return { path: outside, namespace: asIs };
        return { path: outside, external: true };
      });
      build.onLoad({ filter: /.*/, namespace: asIs }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(path)});`,
        resolveDir: '/',
      }));
    },
  };
}

function isCommonJs(file: string): boolean {
  if (file.endsWith('.js')) return packageTypeOf(file) !== 'module';
  return !file.endsWith('.mjs');
}

/** Files of packages that are not modules: a package that imports one stays outside the bundle, once that is known. */
export const readNoBinaries: Plugin = {
  name: 'read-no-binaries',
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/].*\.(?:node|wasm)$/ }, () => ({
      contents: '',
      loader: 'empty',
    }));
  },
};
