/**
 * Reads one file of every cgroup that this process is in, whichever version, however nested.
 *
 * A limit of a parent holds for its children, so callers that look for limits take the strictest of all.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CgroupOptions {
  /** Where the cgroup file systems are mounted; default `/sys/fs/cgroup`. */
  readonly cgroupRoot?: string | undefined;
  /** Default `/proc`. */
  readonly procRoot?: string | undefined;
}

export interface CgroupFile {
  /** The controller that version 1 has the file under, as `memory`. */
  readonly controller: string;
  readonly version1: string;
  readonly version2: string;
}

export interface CgroupText {
  readonly version: 1 | 2;
  readonly text: string;
}

/** Lists the texts that can be read, the process's own cgroup first, then its parents; empty where there are none. */
export function readCgroupFiles(file: CgroupFile, options: CgroupOptions = {}): readonly CgroupText[] {
  const { cgroupRoot = '/sys/fs/cgroup', procRoot = '/proc' } = options;
  const memberships = readText(join(procRoot, 'self/cgroup')) ?? '';
  const paths = memberships.split('\n').flatMap((line) => listPaths(line, file, cgroupRoot));
  // Without memberships the mounts may still be readable, and are this container's own.
  const candidates = paths.length > 0 ? paths : listPaths('0::/', file, cgroupRoot);
  return candidates.flatMap(({ version, path }) => {
    const text = readText(path);
    return text === undefined ? [] : [{ version, text }];
  });
}

/**
 * Reads a file of the kernel's, which is there at once: training waits for these before its first line, and a
 * promise for each of them takes longer than all of them. `undefined` when it cannot be read.
 */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

interface CgroupPath {
  readonly version: 1 | 2;
  readonly path: string;
}

/** A line is `0::/path` for version 2 and `4:memory:/path` or `2:cpu,cpuacct:/path` for version 1. */
function listPaths(line: string, file: CgroupFile, cgroupRoot: string): readonly CgroupPath[] {
  const [id, controllers, ...rest] = line.split(':');
  if (controllers === undefined || rest.length === 0) return [];
  const directories = listParents(rest.join(':'));
  if (id === '0' && controllers === '') {
    // Hybrid systems mount version 2 below `unified`.
    const mounts = [cgroupRoot, join(cgroupRoot, 'unified')];
    return mounts.flatMap((mount) =>
      directories.map((directory) => ({ version: 2 as const, path: join(mount, directory, file.version2) })),
    );
  }
  if (!controllers.split(',').includes(file.controller)) return [];
  const mounts = [...new Set([controllers, file.controller])].map((name) => join(cgroupRoot, name));
  return mounts.flatMap((mount) =>
    directories.map((directory) => ({ version: 1 as const, path: join(mount, directory, file.version1) })),
  );
}

/**
 * `/a/b` and `/a` and `/`. In a container the path may be the host's, of which only the last is mounted here;
 * `..` stands for what is outside of the namespace and cannot be read.
 */
function listParents(path: string): readonly string[] {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '..');
  return Array.from({ length: segments.length + 1 }, (_, index) =>
    segments.slice(0, segments.length - index).join('/'),
  );
}
