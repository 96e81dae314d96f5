import { defineConfig } from 'tsup';
import base from './tsup.config.ts';

/** An application that carries all it needs: one import of a package is hundreds of files, a bundle is one. */
export default defineConfig({
  ...(base as object),
  dts: false,
  noExternal: [/.*/],
  // Packages in the older module format call `require`.
  banner: {
    js: "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);",
  },
});
