/** Watches for a new model to serve. */

import { watch } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { Paths } from '@optml/contract/paths';
import { holdsFiles, printFolder } from '../local-root/folder-print.ts';
import { makeRootFolder } from '../local-root/open-local-root.ts';
import { isLocked } from '../local-root/root-lock.ts';
import { locateLock } from '../local-root/root-record.ts';

/** A copied model arrives file by file. */
const quietMs = 300;

/**
 * Calls `onChange` once the model of the root has changed and has been quiet for a moment, but never before a training that
 * uses the root has ended. Ends with `signal`.
 */
export async function watchModel(
  paths: Paths,
  { signal, onChange }: { readonly signal: AbortSignal; readonly onChange: () => void },
): Promise<void> {
  await makeRootFolder(paths.root, paths);
  const root = await realpath(paths.root);
  let last = await readState(paths.model);
  let timer: NodeJS.Timeout | undefined;
  const look = async () => {
    // The end of the training is a change, too.
    if (isLocked(root, locateLock(root))) return;
    const state = await readState(paths.model);
    if (state === undefined || state === last) return;
    last = state;
    onChange();
  };
  const watcher = watch(root, { recursive: true, signal }, () => {
    clearTimeout(timer);
    timer = setTimeout(look, quietMs);
  });
  // A folder that was deleted while it was being watched.
  watcher.on('error', () => {});
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
}

/** Gives `undefined` where a model is missing, or is removed while it is read. */
async function readState(model: string): Promise<string | undefined> {
  try {
    const folder = await realpath(model);
    return (await holdsFiles(folder)) ? (await printFolder(folder))?.state : undefined;
  } catch {
    return undefined;
  }
}
