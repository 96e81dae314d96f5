/** Tells which native addons this thread loads. */

import process from 'node:process';

/** Calls `report` with the file of each native addon, once it is loaded, however that is asked for. */
export function reportAddons(report: (file: string) => void): void {
  const { dlopen } = process;
  process.dlopen = (module: object, file: string, flags?: unknown): void => {
    // Without flags Node has its own.
    const words = flags === undefined ? [module, file] : [module, file, flags];
    Reflect.apply(dlopen, process, words);
    report(file);
  };
}
