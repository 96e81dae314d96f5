/** The supervisor's own log, in the format that the job's log has; what it says is never below a warning's worth. */

import type { Environment, Log } from '@optml/contract';
import { createLog } from '@optml/contract/log';

export function createSupervisorLog(environment: Environment, writeLine: (line: string) => void): Log {
  return createLog(writeLine, {
    minimumLevel: 0,
    format: environment.OPTML_LOG_FORMAT === 'json' ? 'json' : 'text',
  });
}
