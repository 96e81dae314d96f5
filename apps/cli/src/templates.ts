/** The templates of `optml init`, each a folder that becomes a project. */

import { fileURLToPath } from 'node:url';

/** What each is, by its name. */
export const templates = {
  tree: 'a decision tree, trained in TypeScript on the Iris data',
  onnx: 'an ONNX model, trained in TypeScript or exported from Python, on onnxruntime',
  text: 'a language detector that ships inside an npm package',
  image: 'images as request bodies, read by sharp',
  python: 'an existing Python training script, served in TypeScript',
  function: 'a predictor without any model',
} as const;

export type TemplateName = keyof typeof templates;

/** What a package manager is told about a template: packages whose install scripts need not run. */
export const skippedBuilds: Readonly<Partial<Record<TemplateName, readonly string[]>>> = {
  onnx: ['onnxruntime-node'],
};

/** The folder of a template; it is the same one from `src` and from `dist`. */
export function findTemplate(name: TemplateName): string {
  return fileURLToPath(new URL(`../dist/templates/${name}`, import.meta.url));
}

/** The page of error codes, which the build puts beside the templates. */
export const errorCodesPage = new URL('../dist/errors.md', import.meta.url);
