/** Warns before a disk is full, for what happens then is rarely explained by what fails. */

import { type DiskThresholds, listDiskNews } from './list-disk-news.ts';
import { type Disk, readDisk } from './read-disk.ts';

export interface DiskWatchOptions extends DiskThresholds {
  /** Aborting it ends the watch. */
  readonly signal: AbortSignal;
  /** Between two looks; default 30,000. */
  readonly intervalMs?: number | undefined;
  readonly warn: (message: string) => void;
}

/**
 * Watches the file systems of `directories` and warns at most once per file system and threshold. Folders
 * that do not exist are looked for again each time. Looks at once, then every `intervalMs`; never keeps the
 * process alive.
 */
export function watchDisk(directories: readonly string[], options: DiskWatchOptions): void {
  const { signal, intervalMs = 30_000 } = options;
  const warned = new Set<string>();
  let looking = false;
  const look = async () => {
    // A network file system may take longer than the interval.
    if (looking) return;
    looking = true;
    const disks = await Promise.all(directories.map(readDisk));
    looking = false;
    if (signal.aborted) return;
    for (const disk of disks) if (disk !== undefined) warnOnce(disk, options, warned);
  };
  if (signal.aborted) return;
  const timer = setInterval(look, intervalMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  void look();
}

/** Says only the highest new threshold of each kind: a disk that is at 97 % has not two news. */
function warnOnce(disk: Disk, options: DiskWatchOptions, warned: Set<string>): void {
  for (const kind of Object.values(listDiskNews(disk, options))) {
    const news = kind.filter(({ threshold }) => !warned.has(`${disk.mount} ${threshold}`));
    for (const { threshold } of news) warned.add(`${disk.mount} ${threshold}`);
    const last = news.at(-1);
    if (last !== undefined) options.warn(last.message);
  }
}
