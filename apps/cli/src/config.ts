/** What a project's `optml.config.ts` imports, as `optml/config`. */

import type { ProjectConfig } from './configuration/project-config.ts';

export type {
  ImageConfig,
  ImageFile,
  ProjectConfig,
  RegistryConfig,
  ServerConfig,
} from './configuration/project-config.ts';

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
