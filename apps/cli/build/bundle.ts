/** Bundles the command line: one import of a package is hundreds of files, a bundle is few. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

process.env.GOGC ??= 'off';
const { bundleProgram } = await import('@optml/bundle/bundle-program');

await bundleProgram(
  { main: 'src/main.ts', demo: 'src/demo.ts' },
  {
    directory: fileURLToPath(new URL('..', import.meta.url)),
    // Installed beside the command line, as esbuild's own program has to be.
    external: ['@optml/bundle'],
    // Of the packages, those that the command line starts with: each file takes a turn between esbuild and here.
    sooner: /\/(?:packages|apps|commander|@aws-sdk|@smithy)\/.*\.[mc]?[jt]s$/,
  },
);

/** What `optml` prints for it, before there is such a file. */
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const print = (word: string) => execFileSync(process.execPath, [main, word]);
const [help, version] = [print('--help'), print('--version')];
writeFileSync(new URL('../dist/help.txt', import.meta.url), help);
writeFileSync(new URL('../dist/version.txt', import.meta.url), version);
