/** Every text of the platform that is known, in the order in which it is looked for: what lies deepest comes first. */

import { accessErrors } from './access-errors.ts';
import { containerErrors } from './container-errors.ts';
import { endpointErrors } from './endpoint-errors.ts';
import { exitCodeErrors } from './exit-code-errors.ts';
import { imageErrors } from './image-errors.ts';
import { jobErrors } from './job-errors.ts';
import type { PlatformErrorTable } from './platform-error.ts';
import { processErrors } from './process-errors.ts';
import { registryErrors } from './registry-errors.ts';
import { requestErrors } from './request-errors.ts';

/** By symptom. */
export const platformErrorTables: readonly PlatformErrorTable[] = [
  processErrors,
  containerErrors,
  imageErrors,
  registryErrors,
  accessErrors,
  exitCodeErrors,
  jobErrors,
  endpointErrors,
  requestErrors,
];
