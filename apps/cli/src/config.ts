/** What a project's `optml.config.ts` imports, as `optml/config`. */

import type { ProjectConfig } from './configuration/config-schema.ts';

export type { ProjectConfig } from './configuration/config-schema.ts';

/**
 * Types a configuration; gives it back as it is.
 *
 * @example
 * ```ts
 * import { defineConfig } from 'optml/config';
 *
 * export default defineConfig({
 *   image: { name: 'my-model', base: 'node:24-slim' },
 *   server: { workers: 2 },
 *   registry: { repository: 'team/my-model' },
 * });
 * ```
 */
export function defineConfig(config: ProjectConfig): ProjectConfig {
  return config;
}
