/** Tells which native addons this thread loads. */

import process from 'node:process';

/**
 * Calls `report` with the file of each native addon, once it is loaded, however that is asked for. One that is made for a
 * single thread of a process fails in the second, and what Node says of that names no way out: this adds it.
 */
export function reportAddons(report: (file: string) => void): void {
  const { dlopen } = process;
  process.dlopen = (module: object, file: string, flags?: unknown): void => {
    // Without flags Node has its own.
    const words = flags === undefined ? [module, file] : [module, file, flags];
    try {
      Reflect.apply(dlopen, process, words);
    } catch (error) {
      if (error instanceof Error && error.message.includes('did not self-register'))
        error.message = `${error.message.replace(/\.$/, '')}: ${advice}`;
      throw error;
    }
    report(file);
  };
}

const advice =
  "an addon that only one thread of a process can load needs isolation: 'process' (OPTML_ISOLATION=process)";
