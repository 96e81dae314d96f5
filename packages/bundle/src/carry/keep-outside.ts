/** Plugins of esbuild that leave packages outside a bundle. */

import type { Plugin } from 'esbuild';
import { packageOfFile, packageTypeOf } from './installed-package.ts';

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
  const words = [...names.keys()].map((directory) => packageNameOf(directory));
  return {
    name: 'keep-outside',
    setup(build) {
      if (words.length === 0) return;
      build.onResolve({ filter: /.*/, namespace: asIs }, ({ path }) => ({ path, external: true }));
      const filter = new RegExp(`^(?:${words.map(escapeText).join('|')})(?:/|$)`);
      build.onResolve({ filter }, async ({ path, pluginData, ...question }) => {
        if (pluginData === asked || isOurs(question.importer)) return undefined;
        const found = await build.resolve(path, { ...question, pluginData: asked });
        const installed = packageOfFile(found.path);
        const name = installed && names.get(installed.directory);
        if (installed === undefined || name === undefined) return undefined;
        onImport(name, installed.directory);
        const written = words.find((word) => path === word || path.startsWith(`${word}/`)) as string;
        const outside = `${name}${path.slice(written.length)}`;
        const isImport = question.kind === 'import-statement' || question.kind === 'dynamic-import';
        if (isImport && isCommonJs(found.path)) return { path: outside, namespace: asIs };
        return { path: outside, external: true };
      });
      build.onLoad({ filter: /.*/, namespace: asIs }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(path)});`,
        resolveDir: '/',
      }));
    },
  };
}

/** The name that a package is installed by, which an alias makes another than its own. */
function packageNameOf(directory: string): string {
  const parts = directory.split('/node_modules/');
  return parts.at(-1) as string;
}

function isCommonJs(file: string): boolean {
  if (file.endsWith('.js')) return packageTypeOf(file) !== 'module';
  return !file.endsWith('.mjs');
}

function escapeText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/** Files of packages that are no modules: whoever imports one stays outside the bundle, as soon as that is known. */
export const readNoBinaries: Plugin = {
  name: 'read-no-binaries',
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/].*\.(?:node|wasm)$/ }, () => ({
      contents: '',
      loader: 'empty',
    }));
  },
};
