import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They fill the memory of their own process or measure it, and block threads of it. */
const apart = [
  'packages/serve/test/{adapters,back-pressure,bidirectional,isolation,models,models-memory,native-calls}.test.ts',
  'packages/serve/test/{hostile-,pool,process-}*.test.ts',
];
const never = ['**/node_modules/**', '**/dist/**'];

/**
 * First the files that have a process of their own: one that is shared ends when the next file is not for it. Then what
 * starts programs, so that no such file is left alone at the end; within these, the order of vitest, which is that of how
 * long they took.
 */
class InGroups extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification) => {
      if (project.name === 'apart') return 0;
      return /^apps|^packages\/\w+\/test/.test(relative(import.meta.dirname, moduleId)) ? 1 : 2;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  resolve: { alias: listSources() },
  test: {
    // More than half of the time a test waits for a process, a socket or a clock.
    maxWorkers: 3 * availableParallelism(),
    // A test ends by what it waits for: these are for one that never comes, however busy the machine is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 50_000 } },
    sequence: { sequencer: InGroups },
    // What was bundled is loaded by Node, as it is in a container.
    server: { deps: { external: [/[\\/]\.optml[\\/]/] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['{apps,packages}/**/*.test.ts'],
          exclude: [...never, ...apart],
          // A process for each file would take half of the time of all.
          isolate: false,
          setupFiles: '.ci/restore-environment.ts',
        },
      },
      {
        extends: true,
        test: { name: 'apart', include: apart, exclude: never },
      },
    ],
  },
});

interface Manifest {
  readonly name: string;
  readonly sideEffects: false | readonly string[];
  readonly exports?: Readonly<Record<string, string | { readonly default: string }>>;
}

/**
 * Where the sources of each entry are, so that a change in one package is tested in another without a build. A package
 * with entries that are programs starts them from where it was built.
 */
function listSources(): { readonly find: RegExp; readonly replacement: string }[] {
  return globSync('packages/*/package.json', { cwd: import.meta.dirname }).flatMap((path) => {
    const folder = join(import.meta.dirname, dirname(path));
    const {
      name,
      sideEffects,
      exports = {},
    } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    if (sideEffects !== false) return [];
    return Object.entries(exports).flatMap(([entry, target]) => {
      if (typeof target === 'string') return [];
      const source = target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts');
      return { find: new RegExp(`^${join(name, entry)}$`), replacement: join(folder, source) };
    });
  });
}
