/** The program that loads one module of a bundle and says how it went; a text, because it runs in another process. */

/** What the probe is told, as JSON; URLs but for `describe`. */
export interface ProbeFacts {
  readonly file: string;
  /** The bundle's folder: modules in it may import from it alone. */
  readonly root: string;
  /** A package of optml, and its function that loads a definition. */
  readonly describer: string;
  readonly describe: string;
  /** URLs of folders in the bundle, the innermost last, with those that are loaded in their place. */
  readonly instead: readonly (readonly string[])[];
}

/** What it answers, as JSON on its file descriptor 3; nothing when the module ends the process. */
export interface ProbeReport {
  readonly isLoaded: boolean;
  readonly message: string;
  /** The code of optml's error. */
  readonly code?: string | undefined;
  /** The code of what the module threw. */
  readonly reason?: string | undefined;
  readonly stack?: string | undefined;
}

/** The codes of definitions that are refused. */
export const invalidDefinition = /^(?:TRAINING_INVALID|METRIC_INVALID|PREDICTOR_INVALID)$/;

/**
 * Node finds packages in the folders above a bundle, too: here it may not. Ends whatever the module has left open.
 * Other problems of a description, such as a limit of the platform, are for those who ask for it.
 */
export const probe = `
import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
const { file, root, describer, describe, instead } = JSON.parse(process.argv[1]);
const { [describe]: load } = await import(describer);
const isInside = (url) => url?.startsWith(root + '/');
registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    const [from, to] = instead.findLast(([folder]) => found.url.startsWith(folder)) ?? [];
    if (from !== undefined) return { ...found, url: found.url.replace(from, to) };
    if (!isInside(context.parentURL) || !found.url.startsWith('file:') || isInside(found.url)) return found;
    throw Object.assign(new Error('cannot find "' + specifier + '"'), { code: 'ERR_MODULE_NOT_FOUND' });
  },
});
const invalid = ${invalidDefinition};
const fatal = /^(TRAINING_NOT_FOUND|TRAINING_IMPORT_FAILED|TRAINING_INVALID|METRIC_INVALID|PREDICTOR_[A-Z_]+)$/;
let report = { isLoaded: true };
try {
  await load(new URL(file));
} catch (error) {
  // The bundle has classes of errors of its own, which those of the describer do not know.
  const { code } = [error, error.cause].find((one) => invalid.test(one?.code)) ?? error;
  const cause = error.cause ?? error;
  const isNamed = cause?.name !== undefined && !invalid.test(code);
  const message = isNamed ? cause.name + ': ' + cause.message : cause?.message ?? String(cause);
  if (fatal.test(error.code)) {
    report = { isLoaded: false, message, code, reason: cause?.code, stack: String(cause?.stack) };
  }
}
writeSync(3, JSON.stringify(report));
process.exit(0);
`;
