/** Lists the modules of a project's bundle: the author's, and those of optml that start them. */

import type { Entry } from '../esbuild/bundle-modules.ts';
import type { Project } from './find-project.ts';

/** Gives the entries by the name of their file; `entrypoint` is the folder of that package. */
export function createEntries(project: Project, entrypoint: string): Readonly<Record<string, Entry>> {
  const { training, predictor, main } = project;
  const ours = (text: string): Entry => ({ text, directory: entrypoint });
  const entries: Record<string, Entry> = {
    main: main === undefined ? ours(createMain(project)) : { file: main },
  };
  if (training !== undefined) {
    if (!isProgram(training)) entries.train = { file: training };
    entries['training-child'] = ours("import '@optml/train/training-child';");
    entries['program-hook'] = ours("import '@optml/train/program-hook';");
  }
  if (predictor !== undefined) {
    entries.predictor = { file: predictor };
    entries['serving-worker'] = ours("import '@optml/serve/serving-worker';");
  }
  return entries;
}

/** The entry point names what is there: the other half stays out of the bundle. */
function createMain({ training, predictor }: Pick<Project, 'training' | 'predictor'>): string {
  const trained = training && `./train.${isProgram(training) ? 'py' : 'js'}`;
  const halves = { training: trained, predictor: predictor && './predictor.js' };
  const urls = Object.entries(halves).map(
    ([half, file]) => file && `  ${half}: new URL('${file}', import.meta.url),\n`,
  );
  return `import { runContainer } from '@optml/entrypoint';\n\nawait runContainer({\n${urls.join('')}});\n`;
}

/** Whether training is a Python program, which is copied and not bundled. */
export function isProgram(training: string | undefined): boolean {
  return training?.endsWith('.py') === true;
}

/** What the entry point of a project with one half imports for the other, and never runs. */
export function listUnused({ training, predictor }: Project): readonly string[] {
  return [
    ...(training === undefined ? ['@optml/train/run-training'] : []),
    ...(predictor === undefined ? ['@optml/serve/run-serving'] : []),
  ];
}
