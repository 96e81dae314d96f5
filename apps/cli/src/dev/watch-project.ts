/** Tells when a file of a project was saved. */

import { watch } from 'node:fs';
import { join, sep } from 'node:path';

/** Editors write a file in several steps, and people save several files at once. */
const quietMs = 100;

/** What programs write; a log may be this command's own, which would start it again and again. */
const ignored = /^(?:node_modules|\.optml|\.git|dist|.*\.log)$/;

/** Calls `onChange` once the files below `folder`, except those below `except`, have been quiet for a moment; ends with `signal`. */
export function watchProject(
  folder: string,
  {
    except,
    signal,
    onChange,
  }: { readonly except: string; readonly signal: AbortSignal; readonly onChange: () => void },
): void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true, signal }, (_, name) => {
    if (name?.split(sep).some((part) => ignored.test(part))) return;
    if (name !== null && `${join(folder, name)}${sep}`.startsWith(`${except}${sep}`)) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, quietMs);
  });
  // A folder that was deleted while it was being watched.
  watcher.on('error', () => {});
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
}
