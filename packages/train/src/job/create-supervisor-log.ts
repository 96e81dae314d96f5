/** The supervisor's own log. */

import { createLog, type Log } from '@optml/contract/log';
import type { JobContext } from './job-context.ts';

/** Creates it in the format that the job's log has; what the supervisor says is never below a warning's worth. */
export function createSupervisorLog({
  environment,
  writeLine,
}: Pick<JobContext, 'environment' | 'writeLine'>): Log {
  return createLog(writeLine, {
    minimumLevel: 0,
    format: environment.OPTML_LOG_FORMAT === 'json' ? 'json' : 'text',
  });
}
