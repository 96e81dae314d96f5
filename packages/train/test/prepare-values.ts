/** Prepares a program for a job of some hyperparameters, and says what it would get of them. */

import { rm } from 'node:fs/promises';
import { resolvePaths } from '@optml/contract/paths';
import { prepareProgram } from '../src/programs/prepare-program.ts';
import { makeJobTree } from './job-tree.ts';

/** Gives the command that would start the program. */
export async function prepareJob(program: string, hyperparameters: Readonly<Record<string, string>>) {
  const { root } = await makeJobTree({ hyperparameters, code: { [program]: '' } });
  try {
    const { commands } = await prepareProgram({
      name: program,
      paths: resolvePaths(root),
      environment: {},
      resources: { cpuCount: 1, memoryBytes: 2 ** 30, memoryLimited: true, gpuCount: 0, neuronCount: 0 },
      nodeArguments: () => [],
      start: '{}',
      writeLine: () => {},
    });
    return commands[0];
  } finally {
    await rm(root, { recursive: true });
  }
}

/** The name of a value by its index; the names sort as the indices do. */
export const nameValue = (at: number) => `value${String(at).padStart(3, '0')}`;

/** Gives each value's argument and variable, and `SM_HPS`. */
export async function prepareValues(program: string, texts: readonly string[]) {
  const entries = texts.map((text, at) => [nameValue(at), text] as const);
  const { arguments: argv, environment } = await prepareJob(program, Object.fromEntries(entries));
  const options = argv.slice(argv.indexOf(`--${nameValue(0)}`));
  return {
    names: options.filter((_option, at) => at % 2 === 0),
    arguments: options.filter((_option, at) => at % 2 === 1),
    variables: entries.map(([name]) => environment[`SM_HP_${name.toUpperCase()}`]),
    json: environment.SM_HPS ?? '',
  };
}
