/** Says in the log what a native addon in a worker thread can do, and what keeps it from that. */

import type { Log } from '@optml/contract/log';

/** Gives the function to call with the file of each native addon; only the first call counts. */
export function createAddonAdvice(log: Log): (file: string) => void {
  let isSaid = false;
  return (file) => {
    if (isSaid) return;
    isSaid = true;
    const message =
      "the predictor has loaded a native addon: with isolation: 'process' (OPTML_ISOLATION=process) a crash in it ends one worker, not the server";
    log.info(message, { file });
  };
}
